package bandlimit.backend.cpu;

import bandlimit.graph.op.OneHot;

/// Softmax, cross-entropy and labels; rows are the last axis, and small: doubles within a row.
final class LossCpu {
  private LossCpu() {}

  private interface Row {
    void run(int row, float[] x, double[] work);
  }

  private static Kernel rows(Pool pool, View x, Row body) {
    int k = x.shape().at(-1);
    long rows = x.size() / k;
    long perTask = Math.max(1, 4096 / k);
    int tasks = Math.toIntExact((rows + perTask - 1) / perTask);
    var work = new double[pool.threads()][k];
    Pool.Task task =
        (index, lane) -> {
          var row = lane.tile(0, k);
          long end = Math.min(rows, (index + 1) * perTask);
          for (long r = index * perTask; r < end; r++) {
            x.load(r * k, row, k);
            body.run((int) r, row, work[lane.index]);
          }
        };
    return () -> pool.run(tasks, task);
  }

  private static void logSoftmax(float[] x, double[] logs) {
    int k = logs.length;
    double top = Double.NEGATIVE_INFINITY;
    for (int i = 0; i < k; i++) {
      top = Math.max(top, x[i]);
    }
    double sum = 0;
    for (int i = 0; i < k; i++) {
      sum += Math.exp(x[i] - top);
    }
    double log = Math.log(sum);
    for (int i = 0; i < k; i++) {
      logs[i] = x[i] - top - log;
    }
  }

  static Kernel softmax(Pool pool, View x, View y) {
    return rows(
        pool,
        x,
        (r, row, logs) -> {
          logSoftmax(row, logs);
          for (int i = 0; i < logs.length; i++) {
            row[i] = (float) Math.exp(logs[i]);
          }
          y.store((long) r * logs.length, row, logs.length);
        });
  }

  static Kernel logSoftmax(Pool pool, View x, View y) {
    return rows(
        pool,
        x,
        (r, row, logs) -> {
          logSoftmax(row, logs);
          for (int i = 0; i < logs.length; i++) {
            row[i] = (float) logs[i];
          }
          y.store((long) r * logs.length, row, logs.length);
        });
  }

  static Kernel crossEntropy(Pool pool, View logits, View target, View y) {
    return rows(
        pool,
        logits,
        (r, row, logs) -> {
          logSoftmax(row, logs);
          double sum = 0;
          for (int i = 0; i < logs.length; i++) {
            sum -= target.get((long) r * logs.length + i) * logs[i];
          }
          y.set(r, (float) sum);
        });
  }

  static Kernel crossEntropyGrad(Pool pool, View logits, View target, View dy, View dx) {
    return rows(
        pool,
        logits,
        (r, row, logs) -> {
          long start = (long) r * logs.length;
          logSoftmax(row, logs);
          double mass = 0;
          for (int i = 0; i < logs.length; i++) {
            mass += target.get(start + i);
          }
          double factor = dy.get(r);
          for (int i = 0; i < logs.length; i++) {
            double p = Math.exp(logs[i]);
            row[i] = (float) ((p * mass - target.get(start + i)) * factor);
          }
          dx.store(start, row, logs.length);
        });
  }

  static Kernel oneHot(OneHot op, View labels, View y) {
    int k = op.classes();
    float everywhere = (float) (op.smoothing() / k);
    float there = (float) (op.smoothing() / k + 1 - op.smoothing());
    int rows = Math.toIntExact(labels.size());
    return () -> {
      for (int n = 0; n < rows; n++) {
        int label = labels.getInt(n);
        if (label < 0 || label >= k) {
          throw new IllegalArgumentException(
              "label %d of sample %d is outside 0..%d".formatted(label, n, k - 1));
        }
        for (int i = 0; i < k; i++) {
          y.set((long) n * k + i, i == label ? there : everywhere);
        }
      }
    };
  }

  static Kernel argmax(Pool pool, View x, View y) {
    return rows(
        pool,
        x,
        (r, row, work) -> {
          int best = 0;
          for (int i = 1; i < work.length; i++) {
            if (row[i] > row[best]) {
              best = i;
            }
          }
          for (int i = 0; i < work.length; i++) {
            row[i] = i == best ? 1 : 0;
          }
          y.store((long) r * work.length, row, work.length);
        });
  }
}
