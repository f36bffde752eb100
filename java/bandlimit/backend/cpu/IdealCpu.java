package bandlimit.backend.cpu;

import bandlimit.graph.op.IdealResample;
import bandlimit.signal.IdealResampler;
import java.util.Arrays;

/// [IdealResample] in Java: a sample at a time, rows and then columns, each result a weighted sum
/// of stretches of equal length.
final class IdealCpu {
  private IdealCpu() {}

  private static final int TOGETHER = 4; // inputs added in one pass over the results

  /// Of one thread.
  private static final class Work {
    final float[] sample;
    final float[] half; // the map between the two axes
    final float[] sums;

    Work(int sample, int half, int sums) {
      this.sample = new float[sample];
      this.half = new float[half];
      this.sums = new float[sums];
    }
  }

  static Kernel prepare(Pool pool, IdealResample op, View x, View rows, View cols, View y) {
    int c = x.shape().c();
    int h = op.rows().in();
    int w = op.cols().in();
    int row = w * c;
    int out = op.cols().out() * c;
    var works = new Work[pool.threads()];
    Arrays.setAll(works, i -> new Work(h * row, op.rows().out() * row, out));
    var rowWeights = new float[op.rows().out() * h];
    var colWeights = new float[op.cols().out() * w];
    Pool.Task task =
        (n, lane) -> {
          var work = works[lane.index];
          x.load((long) n * h * row, work.sample, h * row);
          for (int o = 0; o < op.rows().out(); o++) {
            sum(work.half, o * row, work.sample, 0, row, rowWeights, o * h, h, row);
          }
          for (int o = 0; o < op.rows().out(); o++) {
            for (int p = 0; p < op.cols().out(); p++) {
              sum(work.sums, p * c, work.half, o * row, c, colWeights, p * w, w, c);
            }
            y.store(((long) n * op.rows().out() + o) * out, work.sums, out);
          }
        };
    return () -> {
      weights(op.rows(), rows, rowWeights);
      weights(op.cols(), cols, colWeights);
      pool.run(x.shape().n(), task);
    };
  }

  /// A row of weights for each result.
  private static void weights(IdealResampler axis, View matrix, float[] to) {
    for (int o = 0; o < axis.out(); o++) {
      for (int i = 0; i < axis.in(); i++) {
        long at = axis.transposed() ? (long) i * axis.from() + o : (long) o * axis.from() + i;
        to[o * axis.in() + i] = matrix.get(at);
      }
    }
  }

  /// `n` results at `to`: the weighted sum of `count` stretches of x, `stride` apart.
  private static void sum(
      float[] sums,
      int to,
      float[] x,
      int from,
      int stride,
      float[] weights,
      int first,
      int count,
      int n) {
    Arrays.fill(sums, to, to + n, 0f);
    int i = 0;
    for (; i + TOGETHER <= count; i += TOGETHER) {
      addFour(sums, to, x, from + i * stride, stride, weights, first + i, n);
    }
    for (; i < count; i++) {
      add(sums, to, x, from + i * stride, weights[first + i], n);
    }
  }

  private static void addFour(
      float[] sums, int to, float[] x, int from, int stride, float[] weights, int first, int n) {
    float a = weights[first];
    float b = weights[first + 1];
    float c = weights[first + 2];
    float d = weights[first + 3];
    int second = from + stride;
    int third = second + stride;
    int fourth = third + stride;
    for (int i = 0; i < n; i++) {
      sums[to + i] +=
          (a * x[from + i] + b * x[second + i]) + (c * x[third + i] + d * x[fourth + i]);
    }
  }

  private static void add(float[] sums, int to, float[] x, int from, float weight, int n) {
    for (int i = 0; i < n; i++) {
      sums[to + i] += weight * x[from + i];
    }
  }
}
