package bandlimit.data;

import java.util.SplittableRandom;

/// Random numbers keyed by what they are for, such as (seed, epoch, index), so that neither threads
/// nor history can change them.
public final class Draws {
  private Draws() {}

  /// A generator whose stream depends on all keys and their order, and on nothing else.
  public static SplittableRandom at(long... keys) {
    long state = 0x6a09e667f3bcc909L + keys.length;
    for (long key : keys) {
      state = mix(state ^ mix(key + 0x9e3779b97f4a7c15L));
    }
    return new SplittableRandom(state);
  }

  /// The numbers 0 to n - 1 in an order drawn from `keys`.
  static int[] permutation(int n, long... keys) {
    var random = at(keys);
    var order = new int[n];
    for (int i = 0; i < n; i++) {
      int j = random.nextInt(i + 1);
      order[i] = order[j];
      order[j] = i;
    }
    return order;
  }

  /// The finaliser of SplitMix64: every bit of the input reaches every bit of the output.
  private static long mix(long z) {
    z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
    return z ^ (z >>> 31);
  }
}
