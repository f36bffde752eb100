package bandlimit.signal;

/// The taper that cuts the endless sinc down to a finite filter; `at` runs over -1..1, 0 is the
/// centre.
public sealed interface Window {
  double at(double position);

  /// No taper: the sharpest transition, 21 dB of attenuation.
  record Rectangular() implements Window {
    @Override
    public double at(double position) {
      return 1;
    }
  }

  /// A raised cosine that reaches 0 at the ends: 44 dB.
  record Hann() implements Window {
    @Override
    public double at(double position) {
      return 0.5 + 0.5 * Math.cos(Math.PI * position);
    }
  }

  /// A raised cosine on a pedestal: 53 dB.
  record Hamming() implements Window {
    @Override
    public double at(double position) {
      return 0.54 + 0.46 * Math.cos(Math.PI * position);
    }
  }

  /// Two cosines: 74 dB.
  record Blackman() implements Window {
    @Override
    public double at(double position) {
      return 0.42 + 0.5 * Math.cos(Math.PI * position) + 0.08 * Math.cos(2 * Math.PI * position);
    }
  }

  /// I0(beta sqrt(1 - t^2)) / I0(beta): `beta` trades the width of the transition for attenuation.
  record Kaiser(double beta) implements Window {
    public Kaiser {
      if (!(beta >= 0) || beta > 700) {
        throw new IllegalArgumentException("a Kaiser window needs beta in 0..700, got " + beta);
      }
    }

    @Override
    public double at(double position) {
      return besselI0(beta * Math.sqrt(Math.max(0, 1 - position * position))) / besselI0(beta);
    }

    /// The modified Bessel function of order 0, by its series sum ((x/2)^k / k!)^2: all terms are
    /// positive, so nothing cancels. (Commons Math has only the ordinary J.)
    static double besselI0(double x) {
      double sum = 1;
      double term = 1;
      for (int k = 1; term > sum * 1e-17; k++) {
        double factor = x / (2 * k);
        term *= factor * factor;
        sum += term;
      }
      return sum;
    }
  }
}
