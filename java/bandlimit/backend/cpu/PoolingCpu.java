package bandlimit.backend.cpu;

import bandlimit.graph.op.MaxPool;
import bandlimit.tensor.Shape;

/// [MaxPool] and its gradient, a row of results at a time; among equals the first in row-major
/// order wins, and a NaN wins over everything.
final class PoolingCpu {
  private PoolingCpu() {}

  static Kernel run(Pool pool, MaxPool op, View x, View y) {
    Shape out = y.shape();
    Pool.Task task =
        (n, lane) -> {
          for (int i = 0; i < out.h(); i++) {
            var best = largest(op, x, out, n, i, lane);
            y.store(((long) n * out.h() + i) * out.w() * out.c(), best, out.w() * out.c());
          }
        };
    return () -> pool.run(out.n(), task);
  }

  static Kernel grad(Pool pool, MaxPool op, View x, View dy, View dx) {
    Shape in = x.shape();
    Shape out = dy.shape();
    int length = out.w() * out.c();
    int sample = Math.toIntExact(in.size() / in.n());
    Pool.Task task =
        (n, lane) -> {
          var sums = Tiles.zeros(lane, 3, sample);
          for (int i = 0; i < out.h(); i++) {
            largest(op, x, out, n, i, lane);
            var winners = lane.ints(0, length);
            var row = lane.tile(2, length);
            dy.load(((long) n * out.h() + i) * length, row, length);
            for (int k = 0; k < length; k++) {
              sums[winners[k]] += row[k];
            }
          }
          dx.store((long) n * sample, sums, sample);
        };
    return () -> pool.run(out.n(), task);
  }

  /// Row i of sample n: values in the returned buffer, their places in the sample in `ints(0)`.
  private static float[] largest(MaxPool op, View x, Shape out, int n, int i, Lane lane) {
    Shape in = x.shape();
    int c = in.c();
    int width = in.w() * c;
    var best = lane.tile(0, out.w() * c);
    var row = lane.tile(1, width);
    var winners = lane.ints(0, out.w() * c);
    java.util.Arrays.fill(winners, 0, out.w() * c, -1);
    for (int a = 0; a < op.kernelH(); a++) {
      int h = i * op.strideH() - op.padH() + a;
      if (h < 0 || h >= in.h()) {
        continue;
      }
      x.load(((long) n * in.h() + h) * width, row, width);
      for (int j = 0; j < out.w(); j++) {
        for (int b = 0; b < op.kernelW(); b++) {
          int w = j * op.strideW() - op.padW() + b;
          if (0 <= w && w < in.w()) {
            compare(best, winners, j * c, row, w * c, h * width, c);
          }
        }
      }
    }
    return best;
  }

  private static void compare(
      float[] best, int[] winners, int to, float[] row, int from, int rowStart, int c) {
    for (int k = 0; k < c; k++) {
      float value = row[from + k];
      if (winners[to + k] < 0 || value > best[to + k] || Float.isNaN(value)) {
        best[to + k] = value;
        winners[to + k] = rowStart + from + k;
      }
    }
  }
}
