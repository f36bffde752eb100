package bandlimit.backend.cpu;

import java.util.Arrays;

/// How long tensors are cut: tiles that fit the first cache level, and tasks of several tiles.
///
/// A tile is a whole number of periods (channels), so that per-channel numbers are spread once over
/// a tile and every loop runs over equal indices of arrays, which the compiler vectorises. Cuts
/// depend on shapes only, never on threads.
final class Tiles {
  private static final int TILE = 2048;
  private static final int TASK = 1 << 16;

  /// A stretch of elements `at`..`at + count`, worked on with the lane's buffers.
  interface Body {
    void run(long at, int count, Lane lane);
  }

  /// A stretch of elements whose part of a sum becomes partial result number `slab`.
  interface SlabBody {
    void run(int slab, long from, long to, Lane lane);
  }

  private Tiles() {}

  /// A multiple of `period`, about [#TILE] long.
  static int length(int period) {
    return length(period, TILE);
  }

  /// The same, about `target` long: for loops over more arrays than the first cache level holds.
  static int length(int period, int target) {
    return period * Math.max(1, target / period);
  }

  private static long taskLength(int tile) {
    return (long) tile * Math.max(1, TASK / tile);
  }

  /// Elementwise work over `size` elements.
  static Kernel each(Pool pool, long size, int period, Body body) {
    return each(pool, size, period, TILE, body);
  }

  static Kernel each(Pool pool, long size, int period, int target, Body body) {
    int tile = length(period, target);
    long task = taskLength(tile);
    int tasks = Math.toIntExact((size + task - 1) / task);
    Pool.Task run =
        (index, lane) -> {
          long end = Math.min(size, (index + 1) * task);
          for (long at = index * task; at < end; at += tile) {
            body.run(at, (int) Math.min(tile, end - at), lane);
          }
        };
    return () -> pool.run(tasks, run);
  }

  /// Number of partial sums over `size` elements.
  static int slabs(long size, int period) {
    return slabs(size, period, TILE);
  }

  static int slabs(long size, int period, int target) {
    long task = taskLength(length(period, target));
    return Math.toIntExact((size + task - 1) / task);
  }

  /// Each slab of `size` elements on its own; the caller adds the partial results in their order.
  static Kernel slabs(Pool pool, long size, int period, SlabBody body) {
    return slabs(pool, size, period, TILE, body);
  }

  static Kernel slabs(Pool pool, long size, int period, int target, SlabBody body) {
    long task = taskLength(length(period, target));
    int slabs = slabs(size, period, target);
    Pool.Task run =
        (slab, lane) -> body.run(slab, slab * task, Math.min(size, (slab + 1) * task), lane);
    return () -> pool.run(slabs, run);
  }

  /// Repeats the first `period` numbers over the tile.
  static void spread(float[] tile, int period, int length) {
    for (int filled = period; filled < length; filled *= 2) {
      System.arraycopy(tile, 0, tile, filled, Math.min(filled, length - filled));
    }
  }

  static float[] zeros(Lane lane, int which, int length) {
    var tile = lane.tile(which, length);
    Arrays.fill(tile, 0, length, 0f);
    return tile;
  }

  /// Adds each position of the tile to its channel's sum.
  static void foldInto(double[] sums, int offset, float[] tile, int period, int length) {
    for (int i = 0; i < length; i += period) {
      for (int c = 0; c < period; c++) {
        sums[offset + c] += tile[i + c];
      }
    }
  }
}
