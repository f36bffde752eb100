package bandlimit.backend.cpu;

import bandlimit.graph.op.AdamWStep;
import bandlimit.graph.op.ClipFactor;
import bandlimit.graph.op.Dropout;
import bandlimit.graph.op.SgdMomentum;
import bandlimit.graph.op.SgdStep;
import java.util.List;

/// What changes states: selection, averages, optimizer steps; and dropout, which reads counters.
final class UpdateCpu {
  private UpdateCpu() {}

  static Kernel select(Pool pool, View condition, View a, View b, View y) {
    var first = BinaryCpu.copy(pool, a, y);
    var second = BinaryCpu.copy(pool, b, y);
    return () -> {
      if (condition.get(0) != 0) {
        first.run();
      } else {
        second.run();
      }
    };
  }

  static Kernel dropout(Pool pool, Dropout op, View x, View counter, View y) {
    long perDraw = op.perSample() ? x.size() / x.shape().at(0) : 1;
    double keep = 1 / (1 - op.rate());
    return Tiles.each(
        pool,
        y.size(),
        1,
        (at, n, lane) -> {
          long stream = op.stream(counter.getInt(0), counter.getInt(1));
          var tile = lane.tile(0, n);
          x.load(at, tile, n);
          for (int i = 0; i < n; i++) {
            tile[i] = op.keeps(stream, (at + i) / perDraw) ? (float) (tile[i] * keep) : 0;
          }
          y.store(at, tile, n);
        });
  }

  static Kernel lerp(Pool pool, View a, View b, View t, View y) {
    return Tiles.each(
        pool,
        y.size(),
        1,
        (at, n, lane) -> {
          var from = lane.tile(0, n);
          var to = lane.tile(1, n);
          a.load(at, from, n);
          b.load(at, to, n);
          lerp(from, to, t.get(0), n);
          y.store(at, from, n);
        });
  }

  private static void lerp(float[] a, float[] b, float t, int n) {
    for (int i = 0; i < n; i++) {
      a[i] += t * (b[i] - a[i]);
    }
  }

  static Kernel clipFactor(ClipFactor op, View squared, View y) {
    return () -> y.set(0, (float) Math.min(1, op.maxNorm() / (Math.sqrt(squared.get(0)) + 1e-6)));
  }

  static Kernel momentum(Pool pool, SgdMomentum op, View p, View dp, View buffer, View y) {
    float momentum = (float) op.momentum();
    float decay = (float) op.weightDecay();
    return Tiles.each(
        pool,
        y.size(),
        1,
        (at, n, lane) -> {
          var parameter = lane.tile(0, n);
          var gradient = lane.tile(1, n);
          var old = lane.tile(2, n);
          p.load(at, parameter, n);
          dp.load(at, gradient, n);
          buffer.load(at, old, n);
          momentum(old, parameter, gradient, momentum, decay, n);
          y.store(at, old, n);
        });
  }

  private static void momentum(
      float[] buffer, float[] p, float[] dp, float momentum, float decay, int n) {
    for (int i = 0; i < n; i++) {
      buffer[i] = momentum * buffer[i] + (dp[i] + decay * p[i]);
    }
  }

  static Kernel sgd(Pool pool, SgdStep op, List<View> in, View y) {
    float momentum = (float) op.momentum();
    float decay = (float) op.weightDecay();
    View rate = in.get(3);
    return Tiles.each(
        pool,
        y.size(),
        1,
        (at, n, lane) -> {
          var p = lane.tile(0, n);
          var buffer = lane.tile(1, n);
          in.get(0).load(at, p, n);
          in.get(2).load(at, buffer, n);
          if (op.nesterov()) {
            var dp = lane.tile(2, n);
            in.get(1).load(at, dp, n);
            nesterov(buffer, p, dp, momentum, decay, n);
          }
          descend(p, buffer, rate.get(0), n);
          y.store(at, p, n);
        });
  }

  private static void nesterov(
      float[] buffer, float[] p, float[] dp, float momentum, float decay, int n) {
    for (int i = 0; i < n; i++) {
      buffer[i] = (dp[i] + decay * p[i]) + momentum * buffer[i];
    }
  }

  private static void descend(float[] p, float[] step, float rate, int n) {
    for (int i = 0; i < n; i++) {
      p[i] -= rate * step[i];
    }
  }

  static Kernel adamW(Pool pool, AdamWStep op, List<View> in, View y) {
    View rate = in.get(3);
    View t = in.get(4);
    float epsilon = (float) op.epsilon();
    return Tiles.each(
        pool,
        y.size(),
        1,
        (at, n, lane) -> {
          double step = count(t);
          // powers in double: 1 - beta2^t loses all digits of a float at t = 1
          float decay = (float) (1 - rate.get(0) * op.weightDecay());
          float scale = (float) (rate.get(0) / (1 - Math.pow(op.beta1(), step)));
          float correct = (float) (1 / (1 - Math.pow(op.beta2(), step)));
          var p = lane.tile(0, n);
          var m = lane.tile(1, n);
          var v = lane.tile(2, n);
          in.get(0).load(at, p, n);
          in.get(1).load(at, m, n);
          in.get(2).load(at, v, n);
          adamW(p, m, v, decay, scale, correct, epsilon, n);
          y.store(at, p, n);
        });
  }

  private static double count(View t) {
    return t.isF32() ? t.get(0) : t.getInt(0);
  }

  private static void adamW(
      float[] p,
      float[] m,
      float[] v,
      float decay,
      float scale,
      float correct,
      float epsilon,
      int n) {
    for (int i = 0; i < n; i++) {
      p[i] = p[i] * decay - scale * m[i] / ((float) Math.sqrt(v[i] * correct) + epsilon);
    }
  }
}
