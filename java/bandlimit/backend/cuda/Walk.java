package bandlimit.backend.cuda;

import bandlimit.backend.Arguments;
import bandlimit.graph.op.Resample;
import bandlimit.signal.Resampler;
import java.util.stream.Stream;

/// How a low-pass is divided among threads that walk down the map (kernels/resample.cuh): each has
/// a pack of channels and a strip of outputs side by side, and takes `run` turns.
///
/// Nothing is summed across threads, so how many turns it takes does not change a bit.
record Walk(long threads, int run) {
  private static final int BLOCK = 128;

  /// A few rounds of blocks on any GPU of today, so that the last one is not mostly idle.
  private static final long MANY_THREADS = 132L * 16 * BLOCK;

  /// A run shorter than this would read more halo than map.
  private static final int SHORTEST_RUN = 8;

  /// Whether `op` is a low-pass that kernels exist for: 2 to 7 taps on both axes, no zero-stuffing,
  /// stride 1 or 2.
  static boolean isLowpass(Resample op, Operand y) {
    return fits(op, y)
        && op.rows().up() == 1
        && op.cols().up() == 1
        && op.rows().down() == op.cols().down()
        && op.rows().down() <= 2;
  }

  /// One of stride 2, for the kernels that make the map on load.
  static boolean isDecimatingLowpass(Resample op, Operand y) {
    return isLowpass(op, y) && op.rows().down() == 2;
  }

  /// Few taps, no zero-stuffing, and an output for two samples of an axis at most: each sample is
  /// read few times, so making it on load is cheaper than writing it.
  static boolean isShortDecimation(Resample op) {
    return Stream.of(op.rows(), op.cols())
        .allMatch(
            axis ->
                axis.isIdentity() || axis.up() == 1 && axis.down() >= 2 && axis.taps().size() <= 7);
  }

  /// The transpose of one.
  static boolean isTransposedLowpass(Resample op, Operand y) {
    return fits(op, y)
        && op.rows().down() == 1
        && op.cols().down() == 1
        && op.rows().up() == op.cols().up()
        && op.rows().up() <= 2;
  }

  private static boolean fits(Resample op, Operand y) {
    int taps = op.rows().taps().size();
    return 2 <= taps
        && taps <= 7
        && op.cols().taps().size() == taps
        && y.shape().c() % y.pack() == 0
        // threads count in 32 bits
        && y.size() / y.pack() < Integer.MAX_VALUE;
  }

  /// Outputs side by side that one thread makes: 16 sums.
  static int strip(Operand y) {
    return 16 / y.pack();
  }

  /// `width` outputs side by side and `turns` one below the other.
  static Walk of(Operand y, int width, int turns) {
    return of(y, width, turns, strip(y));
  }

  /// The same for threads that make `strip` outputs side by side.
  static Walk of(Operand y, int width, int turns, int strip) {
    long lanes = (long) y.shape().n() * (y.shape().c() / y.pack()) * ceilDiv(width, strip);
    long runs = Math.max(1, Math.min(ceilDiv(MANY_THREADS, lanes), turns / SHORTEST_RUN));
    int run = (int) ceilDiv(turns, runs);
    return new Walk(lanes * ceilDiv(turns, run), run);
  }

  private static long ceilDiv(long a, long b) {
    return Math.ceilDiv(a, b);
  }

  Launch launch(Site site, String module, String name, Arguments arguments) {
    return site.grid(
        module,
        name + "_" + site.out().suffix(),
        ceilDiv(threads, BLOCK),
        1,
        1,
        BLOCK,
        0,
        arguments);
  }

  /// Where the first group of `up` outputs starts before output 0, so that each group's first one
  /// meets tap 0: 0 or, for factor 2, perhaps 1.
  static int shift(Resampler axis, int padBefore) {
    return Math.floorMod(-(axis.before() - padBefore), axis.up());
  }
}
