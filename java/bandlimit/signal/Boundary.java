package bandlimit.signal;

import org.apache.commons.math3.linear.MatrixUtils;
import org.apache.commons.math3.linear.RealMatrix;

/// What lies beyond the edge of a signal x of n samples.
///
/// The index rule for position i outside 0..n-1:
/// - ZERO: nothing, value 0
/// - REFLECT: mirrored without repeating the edge sample, i -> -i and i -> 2(n-1)-i; needs pad < n
/// - REPLICATE: the edge sample, again and again
/// - CIRCULAR: i mod n; needs pad <= n
public enum Boundary {
  ZERO,
  REFLECT,
  REPLICATE,
  CIRCULAR;

  /// The sample that stands at position `i` of the extended signal, or -1 where it is zero.
  ///
  /// One reflection or one turn only: the caller has checked that the padding [fits][#fits].
  public int index(int i, int n) {
    if (0 <= i && i < n) {
      return i;
    }
    return switch (this) {
      case ZERO -> -1;
      case REFLECT -> i < 0 ? -i : 2 * (n - 1) - i;
      case REPLICATE -> i < 0 ? 0 : n - 1;
      case CIRCULAR -> Math.floorMod(i, n);
    };
  }

  /// Whether `pad` positions on one side of `n` samples are defined.
  public boolean fits(int pad, int n) {
    return switch (this) {
      case ZERO, REPLICATE -> true;
      case REFLECT -> pad < n;
      case CIRCULAR -> pad <= n;
    };
  }

  /// The extension of `n` samples by `before` and `after` as a matrix of (before + n + after) x n.
  public RealMatrix toMatrix(int before, int after, int n) {
    if (before < 0 || after < 0 || !fits(Math.max(before, after), n)) {
      throw new IllegalArgumentException(
          "%s: padding by %d and %d, map of %d".formatted(rule(), before, after, n));
    }
    RealMatrix matrix = MatrixUtils.createRealMatrix(before + n + after, n);
    for (int i = 0; i < before + n + after; i++) {
      int source = index(i - before, n);
      if (source >= 0) {
        matrix.setEntry(i, source, 1);
      }
    }
    return matrix;
  }

  /// The rule of [#fits] in words, for error messages.
  public String rule() {
    return switch (this) {
      case ZERO, REPLICATE -> "fits always";
      case REFLECT -> "reflect padding must be smaller than the map";
      case CIRCULAR -> "circular padding must not exceed the map";
    };
  }
}
