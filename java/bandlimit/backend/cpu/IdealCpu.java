package bandlimit.backend.cpu;

import bandlimit.graph.op.IdealResample;
import bandlimit.signal.IdealResampler;
import java.util.Arrays;

/// [IdealResample] in Java: a sample at a time, rows and then columns, each result a weighted sum
/// of stretches of equal length.
final class IdealCpu {
  private IdealCpu() {}

  private static final class Work {
    final float[] sum;
    final float[] part;
    final float[] half; // the map between the two axes

    Work(int length, int half) {
      this.sum = new float[length];
      this.part = new float[length];
      this.half = new float[half];
    }
  }

  static Kernel prepare(Pool pool, IdealResample op, View x, View rows, View cols, View y) {
    int c = x.shape().c();
    int row = x.shape().w() * c;
    var works = new Work[pool.threads()];
    Arrays.setAll(works, i -> new Work(row, op.rows().out() * row));
    Pool.Task task =
        (n, lane) -> {
          var work = works[lane.index];
          for (int o = 0; o < op.rows().out(); o++) {
            Arrays.fill(work.sum, 0, row, 0f);
            for (int h = 0; h < op.rows().in(); h++) {
              x.load(((long) n * op.rows().in() + h) * row, work.part, row);
              add(work.sum, work.part, weight(op.rows(), rows, o, h), row);
            }
            System.arraycopy(work.sum, 0, work.half, o * row, row);
          }
          for (int o = 0; o < op.rows().out(); o++) {
            for (int p = 0; p < op.cols().out(); p++) {
              Arrays.fill(work.sum, 0, c, 0f);
              for (int w = 0; w < op.cols().in(); w++) {
                System.arraycopy(work.half, o * row + w * c, work.part, 0, c);
                add(work.sum, work.part, weight(op.cols(), cols, p, w), c);
              }
              long pixel = ((long) n * op.rows().out() + o) * op.cols().out() + p;
              y.store(pixel * c, work.sum, c);
            }
          }
        };
    return () -> pool.run(x.shape().n(), task);
  }

  private static float weight(IdealResampler axis, View matrix, int o, int i) {
    return matrix.get(axis.transposed() ? (long) i * axis.from() + o : (long) o * axis.from() + i);
  }

  private static void add(float[] sum, float[] part, float weight, int n) {
    for (int i = 0; i < n; i++) {
      sum[i] += weight * part[i];
    }
  }
}
