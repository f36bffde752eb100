package bandlimit.signal;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.apache.commons.math3.linear.MatrixUtils;
import org.apache.commons.math3.linear.RealMatrix;

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

  /// The map as a matrix of `outLength(n)` x `n`, for analysis and tests.
  public RealMatrix toMatrix(int n) {
    if (n < 1 || outLength(n) < 1) {
      throw new IllegalArgumentException("%s leaves nothing of %d samples".formatted(this, n));
    }
    RealMatrix matrix = MatrixUtils.createRealMatrix(outLength(n), n);
    for (int o = 0; o < matrix.getRowDimension(); o++) {
      for (int k = 0; k < taps.size(); k++) {
        int at = o * down + k - before;
        if (Math.floorMod(at, up) == 0 && 0 <= at && at / up < n) {
          matrix.addToEntry(o, at / up, taps.get(k));
        }
      }
    }
    return matrix;
  }

  /// This map and then `next` as one, for any number of samples; empty where no single resampler is
  /// the same.
  ///
  /// By the noble identities a decimation trades places with a filter when the filter's taps are
  /// spread, and so does zero-stuffing; a decimation followed by zero-stuffing does not. At the
  /// borders `next` sees zeros where the composed taps would see the tail of this map's answer, so
  /// either `next` does not reach out or this map has kept its tails.
  public Optional<Resampler> then(Resampler next) {
    if (down > 1 && next.up > 1) {
      return Optional.empty();
    }
    boolean leftAgrees = next.before < next.up || before >= taps.size() - down;
    boolean rightAgrees = next.after <= 0 || after >= taps.size() - up;
    if (!leftAgrees || !rightAgrees) {
      return Optional.empty();
    }
    return Optional.of(
        new Resampler(
            convolve(spread(taps, next.up), spread(next.taps, down)),
            up * next.up,
            down * next.down,
            before * next.up + next.before * down,
            after * next.up + next.after * down));
  }

  /// `factor - 1` zeros between neighbours.
  private static double[] spread(List<Double> taps, int factor) {
    var result = new double[(taps.size() - 1) * factor + 1];
    for (int k = 0; k < taps.size(); k++) {
      result[k * factor] = taps.get(k);
    }
    return result;
  }

  private static List<Double> convolve(double[] a, double[] b) {
    var result = new double[a.length + b.length - 1];
    for (int i = 0; i < a.length; i++) {
      for (int j = 0; j < b.length; j++) {
        result[i + j] += a[i] * b[j];
      }
    }
    return Arrays.stream(result).boxed().toList();
  }

  public boolean isIdentity() {
    return equals(IDENTITY);
  }
}
