package bandlimit.nn;

import java.nio.charset.StandardCharsets;

/// Counter-based random numbers: draw i of a stream is a pure function of both.
final class Draws {
  private static final long GOLDEN = 0x9e3779b97f4a7c15L;

  private Draws() {}

  /// The stream of one variable.
  static long stream(long seed, String path) {
    long key = 0xcbf29ce484222325L; // FNV-1a, 64 bits
    for (byte b : path.getBytes(StandardCharsets.UTF_8)) {
      key = (key ^ (b & 0xff)) * 0x100000001b3L;
    }
    return mix(key ^ mix(seed + GOLDEN));
  }

  /// In (0, 1), both ends excluded.
  static double uniform(long stream, long draw) {
    return ((mix(stream + (draw + 1) * GOLDEN) >>> 11) + 0.5) * 0x1p-53;
  }

  /// Box-Muller; StrictMath, because Math may round differently on another machine.
  static double gaussian(long stream, long i) {
    double radius = Math.sqrt(-2 * StrictMath.log(uniform(stream, 2 * i)));
    return radius * StrictMath.cos(2 * Math.PI * uniform(stream, 2 * i + 1));
  }

  // SplitMix64's finaliser
  private static long mix(long z) {
    z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
    return z ^ (z >>> 31);
  }
}
