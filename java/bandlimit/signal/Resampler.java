package bandlimit.signal;

import java.util.List;

/// Zero-stuff by `up`, extend by zeros, correlate with `taps` and keep every `down`-th sample, on
/// one axis:
///
/// `y[o] = sum_k taps[k] * xUp[o * down + k - before]`, where `xUp[i * up] = x[i]` and all else is
/// 0.
///
/// Spaces: in (n samples), up (n * up, zero-stuffed), out. Blur, blur-pool, upsampling, decimation
/// and average-pooling are all of this form, and so is the gradient of each. `before` and `after`
/// may be negative (samples cut away).
public record Resampler(List<Double> taps, int up, int down, int before, int after) {
  public static final Resampler IDENTITY = new Resampler(List.of(1.0), 1, 1, 0, 0);

  public Resampler {
    taps = List.copyOf(taps);
    if (taps.isEmpty() || up < 1 || down < 1) {
      throw new IllegalArgumentException(
          "a resampler needs at least one tap and factors of 1 or more, got %d taps, up %d, down %d"
              .formatted(taps.size(), up, down));
    }
  }

  /// Low-pass and decimate; the extension by `before` and `after` samples was done by a `Pad`.
  public static Resampler decimate(List<Double> taps, int down) {
    return new Resampler(taps, 1, down, 0, 0);
  }

  /// Number of output samples of `n` input samples; below 1 when the filter does not fit.
  public int outLength(int n) {
    return Math.floorDiv(n * up + before + after - taps.size(), down) + 1;
  }

  /// The adjoint map, from `outLength(n)` samples back to `n`: up and down trade places, the taps
  /// turn round.
  public Resampler transpose(int n) {
    return new Resampler(
        taps.reversed(),
        down,
        up,
        taps.size() - 1 - before,
        n * up - outLength(n) * down + before - up + 1);
  }

  public boolean isIdentity() {
    return equals(IDENTITY);
  }
}
