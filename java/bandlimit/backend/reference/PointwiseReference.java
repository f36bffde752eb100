package bandlimit.backend.reference;

import bandlimit.graph.op.Fn;
import org.apache.commons.math3.special.Erf;

/// Functions of one number, and their derivatives in terms of what [Fn#fromOutput] says is kept.
final class PointwiseReference {
  private static final double TANH_SCALE = Math.sqrt(2 / Math.PI);
  private static final double TANH_CUBIC = 0.044715;

  private PointwiseReference() {}

  static void run(Fn fn, View x, View y) {
    for (int i = 0; i < y.size(); i++) {
      y.set(i, value(fn, x.get(i)));
    }
  }

  static void grad(Fn fn, View kept, View dy, View dx) {
    for (int i = 0; i < dx.size(); i++) {
      dx.set(i, derivative(fn, kept.get(i)) * dy.get(i));
    }
  }

  private static double value(Fn fn, double x) {
    return switch (fn) {
      // written so that a NaN stays one
      case RELU -> x <= 0 ? 0 : x;
      case RELU6 -> x <= 0 ? 0 : x >= 6 ? 6 : x;
      case GELU -> x * phi(x);
      case GELU_TANH -> x * (0.5 + 0.5 * Math.tanh(inner(x)));
      case SILU -> x * sigmoid(x);
      case SIGMOID -> sigmoid(x);
      case TANH -> Math.tanh(x);
      case EXP -> Math.exp(x);
      case LOG -> Math.log(x);
      case SQUARE -> x * x;
      case IS_FINITE -> Double.isFinite(x) ? 1 : 0;
    };
  }

  private static double derivative(Fn fn, double kept) {
    return switch (fn) {
      case RELU -> kept > 0 ? 1 : 0;
      case RELU6 -> kept > 0 && kept < 6 ? 1 : 0;
      case GELU -> phi(kept) + kept * Math.exp(-kept * kept / 2) / Math.sqrt(2 * Math.PI);
      case GELU_TANH -> {
        double t = Math.tanh(inner(kept));
        yield 0.5 * (1 + t)
            + 0.5 * kept * (1 - t * t) * TANH_SCALE * (1 + 3 * TANH_CUBIC * kept * kept);
      }
      case SILU -> {
        double s = sigmoid(kept);
        yield s * (1 + kept * (1 - s));
      }
      case SIGMOID -> kept * (1 - kept);
      case TANH -> 1 - kept * kept;
      case EXP -> kept;
      case LOG -> 1 / kept;
      case SQUARE -> 2 * kept;
      case IS_FINITE -> 0;
    };
  }

  /// The Gaussian distribution function; erfc keeps its relative accuracy far to the left.
  private static double phi(double x) {
    return 0.5 * Erf.erfc(-x / Math.sqrt(2));
  }

  private static double inner(double x) {
    return TANH_SCALE * (x + TANH_CUBIC * x * x * x);
  }

  private static double sigmoid(double x) {
    return 1 / (1 + Math.exp(-x));
  }
}
