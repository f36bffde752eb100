package bandlimit.signal;

import java.util.Arrays;
import java.util.List;

/// Ideal resampling of one period of a periodic signal, on one axis: its trigonometric
/// interpolation, cut to a band, read at other places. A linear map of `from` samples to `to`:
///
/// `y[j] = sum_i h(j num/den - shift - i) x[i]`, `h(t) = (1/from) sum_f g(f) cos(2 pi f t / from)`
///
/// over the frequencies f = 0, +-1, ..., with gain g = 1 where 2|f| < band, `edge` where 2|f| =
/// band, and 0 above. The edge is the Nyquist frequency of the coarser grid, which only an even one
/// has: half for each of the two frequencies that meet there keeps the sample values, 0 keeps what
/// can be shifted (Michaeli et al. 2023, with the parity of the small grid).
///
/// Closed under transposition, so that a gradient is one too.
///
/// @param num places between results, in samples, over
/// @param den
/// @param shift of the result, in samples of the input, to higher indices
/// @param transposed whether the map is the transpose of what the rest says
public record IdealResampler(
    int from, int to, int num, int den, int band, double edge, double shift, boolean transposed) {

  /// The weight of the edge at which it stays itself.
  private static final double KEPT = 0.5;

  public IdealResampler {
    if (from < 1 || to < 1 || num < 1 || den < 1 || band < 1 || band > from) {
      throw new IllegalArgumentException(
          "an ideal resampler of %d samples to %d, every %d/%d, in a band of %d, is none"
              .formatted(from, to, num, den, band));
    }
  }

  public static IdealResampler identity(int n) {
    return shift(n, 0);
  }

  /// Moves a period of n samples by a real distance. An even n's Nyquist frequency has no phase: it
  /// becomes its cosine.
  public static IdealResampler shift(int n, double distance) {
    return new IdealResampler(n, n, 1, 1, n, KEPT, distance, false);
  }

  /// Keeps what a grid of m samples can hold.
  public static IdealResampler lowpass(int n, int m) {
    return new IdealResampler(n, n, 1, 1, m, m < n ? 0 : KEPT, 0, false);
  }

  /// u times as many samples; every u-th is as before.
  public static IdealResampler up(int n, int u) {
    return new IdealResampler(n, n * u, 1, u, n, KEPT, 0, false);
  }

  /// Low-pass to ceil(n / s) samples, then samples 0, s, 2 s, ... Where s does not divide n that is
  /// no resampling of a period: see [#resize].
  public static IdealResampler down(int n, int s) {
    int m = Math.ceilDiv(n, s);
    return new IdealResampler(n, m, s, 1, m, s == 1 ? KEPT : 0, 0, false);
  }

  /// A period of n samples as m of them: by any ratio, odd sizes too.
  public static IdealResampler resize(int n, int m) {
    return new IdealResampler(n, m, n, m, Math.min(n, m), m >= n ? KEPT : 0, 0, false);
  }

  public int in() {
    return transposed ? to : from;
  }

  public int out() {
    return transposed ? from : to;
  }

  public IdealResampler transpose() {
    return new IdealResampler(from, to, num, den, band, edge, shift, !transposed);
  }

  public boolean isIdentity() {
    return from == to && num == den && band == from && edge == KEPT && shift == 0;
  }

  /// Whether a mirrored input gives the mirrored result: sample -i for i, all modulo the period.
  public boolean isMirrored() {
    return shift == 0 && (long) num * to == (long) den * from;
  }

  /// The map before any transposition, row by row: `to` x `from` numbers.
  public List<Double> matrix() {
    int period = from * den; // places that differ
    var kernel = new double[period];
    for (int q = 0; q < period; q++) {
      kernel[q] = kernel((double) q / den - shift);
    }
    var matrix = new Double[to * from];
    for (int j = 0; j < to; j++) {
      for (int i = 0; i < from; i++) {
        long q = (long) j * num - (long) i * den;
        matrix[j * from + i] = kernel[(int) Math.floorMod(q, (long) period)];
      }
    }
    return Arrays.asList(matrix);
  }

  private double kernel(double t) {
    double sum = 0;
    for (int f = (band - 1) / 2; f >= 1; f--) { // small terms have no order here; the constant last
      sum += 2 * Math.cos(2 * Math.PI * (f * t % from) / from);
    }
    if (band % 2 == 0) {
      sum += 2 * edge * Math.cos(Math.PI * (band * t % (2.0 * from)) / from);
    }
    return (1 + sum) / from;
  }
}
