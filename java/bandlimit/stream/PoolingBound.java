package bandlimit.stream;

/// How much a pooled column may change when it is taken over from a window that began at another
/// phase (Kechris et al. 2025, "misaligned pooling").
///
/// A signal with amplitude A and no frequency above f_max changes by no more than 2 pi A f_max /
/// f_s from sample to sample (Bernstein), and never by more than 2 A. A pool of L samples at a
/// wrong phase is at most L - 1 samples off, and taking every L-th sample, the maximum or the mean
/// never widen a difference.
public final class PoolingBound {
  private PoolingBound() {}

  /// Largest difference of two neighbouring samples.
  ///
  /// @param amplitude sup |x|
  /// @param highest frequency and
  /// @param rate of sampling, in the same unit
  public static double step(double amplitude, double highest, double rate) {
    if (!(amplitude >= 0 && highest >= 0 && rate > 0)) {
      throw new IllegalArgumentException(
          "amplitude and frequency must be 0 or more and the rate above 0, got %s, %s, %s"
              .formatted(amplitude, highest, rate));
    }
    return Math.min(2 * amplitude, 2 * Math.PI * amplitude * highest / rate);
  }

  /// Largest error of a column of a pool over `length` samples.
  public static double error(int length, double amplitude, double highest, double rate) {
    if (length < 1) {
      throw new IllegalArgumentException("a pool takes 1 sample or more, got " + length);
    }
    return (length - 1) * step(amplitude, highest, rate);
  }

  /// The same over the amplitude: 2 (L - 1) at most, and above 2 it says nothing.
  public static double relativeError(int length, double highest, double rate) {
    return error(length, 1, highest, rate);
  }
}
