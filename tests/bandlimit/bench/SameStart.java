package bandlimit.bench;

/// What both sides of the comparison with libtorch start from: the same weights and the same
/// images. The same file serves both (tests/bench/torch), so it may use nothing but the JDK.
public final class SameStart {
  private SameStart() {}

  /// Number `j` of the values that a tensor starts from: uniform within -1..1.
  public static double uniform(String tensor, long j) {
    long z = tensor.hashCode() * 0x9e3779b97f4a7c15L + (j + 1) * 0xd1b54a32d192ed03L;
    z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L; // SplitMix64's mixing
    z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
    return ((z ^ (z >>> 31)) >> 11) * 0x1p-52;
  }

  /// The byte at place `j` of the images, in the order (n, h, w, c).
  public static int pixel(long j) {
    return (int) (127.5 + 127.49 * uniform("images", j));
  }

  /// Half the width of the interval that a weight with these extents, outputs first, starts in.
  public static double bound(long outputs, long size) {
    return Math.sqrt(6.0 * outputs / size);
  }
}
