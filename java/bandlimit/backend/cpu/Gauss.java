package bandlimit.backend.cpu;

import org.apache.commons.math3.special.Erf;

/// The Gaussian distribution function to 1e-13 relative, in double.
///
/// erfc(z) exp(z^2) / t with t = 1 / (1 + z / 2) is smooth on 0 < t <= 1, which is all z >= 0; a
/// Chebyshev series of it, fitted once from the slow definition, is some 30 multiplications.
final class Gauss {
  private static final int TERMS = 30;
  private static final double SQRT_HALF = Math.sqrt(0.5);
  private static final double DENSITY_AT_0 = 1 / Math.sqrt(2 * Math.PI);
  private static final double[] SERIES = fit();

  private Gauss() {}

  static double density(double x) {
    return DENSITY_AT_0 * Math.exp(-0.5 * x * x);
  }

  /// Phi(x) = erfc(-x / sqrt 2) / 2.
  static double phi(double x) {
    double z = Math.abs(x) * SQRT_HALF;
    double t = 1 / (1 + 0.5 * z);
    double tail = 0.5 * t * series(2 * t - 1) * Math.exp(-z * z);
    return x < 0 ? tail : 1 - tail;
  }

  /// Clenshaw's recurrence.
  private static double series(double s) {
    double b1 = 0;
    double b2 = 0;
    for (int k = TERMS - 1; k > 0; k--) {
      double b = 2 * s * b1 - b2 + SERIES[k];
      b2 = b1;
      b1 = b;
    }
    return s * b1 - b2 + SERIES[0];
  }

  private static double[] fit() {
    int nodes = 2 * TERMS;
    var series = new double[TERMS];
    for (int i = 0; i < nodes; i++) {
      double angle = Math.PI * (i + 0.5) / nodes;
      double t = 0.5 * (Math.cos(angle) + 1);
      double value = scaled(2 / t - 2) / t;
      for (int k = 0; k < TERMS; k++) {
        series[k] += (k == 0 ? 1.0 : 2.0) / nodes * value * Math.cos(k * angle);
      }
    }
    return series;
  }

  /// erfc(z) exp(z^2); beyond 5 by its continued fraction, where erfc itself underflows.
  private static double scaled(double z) {
    if (z < 5) {
      return Erf.erfc(z) * Math.exp(z * z);
    }
    double tail = z;
    for (int k = 60; k >= 1; k--) {
      tail = z + 0.5 * k / tail;
    }
    return 1 / (tail * Math.sqrt(Math.PI));
  }
}
