package bandlimit.backend.cpu;

import bandlimit.graph.op.Reduce;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Sums over axes, and the squared norm. Partial sums are in double and cut by shape alone.
final class ReduceCpu {
  private static final int SLABS = 32;
  private static final int RUN = 4096;

  private ReduceCpu() {}

  /// Runs of neighbours that all go to one element, or to neighbours, of y.
  static Kernel reduce(Pool pool, Reduce op, View x, View y) {
    var onto = new Broadcast(y.shape(), x.shape());
    if (onto.isPeriodic()) {
      return channelSums(pool, op, x, y);
    }
    long inner = onto.inner();
    int outputs = Math.toIntExact(y.size());
    // every slab may reach every output: fewer slabs where there are many outputs
    long slabs = Math.clamp(Math.min(x.size() >> 14, x.size() / outputs), 1, SLABS);
    long perSlab = (x.size() + slabs - 1) / slabs;
    int count = Math.toIntExact((x.size() + perSlab - 1) / perSlab);
    var partial = new double[count][outputs];
    Pool.Task task =
        (slab, lane) -> {
          var sums = partial[slab];
          Arrays.fill(sums, 0);
          long end = Math.min(x.size(), (slab + 1) * perSlab);
          long at = slab * perSlab;
          while (at < end) {
            int run = (int) Math.min(Math.min(end - at, inner - at % inner), RUN);
            var tile = lane.tile(0, run);
            x.load(at, tile, run);
            int to = (int) onto.index(at);
            if (onto.innerIsScalar()) {
              sums[to] += sum(tile, run);
            } else {
              for (int i = 0; i < run; i++) {
                sums[to + i] += tile[i];
              }
            }
            at += run;
          }
        };
    return () -> {
      pool.run(count, task);
      for (int i = 0; i < outputs; i++) {
        double sum = 0;
        for (var sums : partial) {
          sum += sums[i];
        }
        y.set(i, (float) (op.factor() * sum));
      }
    };
  }

  /// One sum for each channel: the tiles of a slab are added up in float (some 32 terms), the rest
  /// in double.
  private static Kernel channelSums(Pool pool, Reduce op, View x, View y) {
    int channels = Math.toIntExact(y.size());
    int tile = Tiles.length(channels);
    var partial = new double[Tiles.slabs(x.size(), channels)][channels];
    var work =
        Tiles.slabs(
            pool,
            x.size(),
            channels,
            (slab, from, to, lane) -> {
              Arrays.fill(partial[slab], 0);
              var sums = Tiles.zeros(lane, 0, tile);
              var in = lane.tile(1, tile);
              for (long at = from; at < to; at += tile) {
                int n = (int) Math.min(tile, to - at);
                x.load(at, in, n);
                add(sums, in, n);
              }
              Tiles.foldInto(partial[slab], 0, sums, channels, tile);
            });
    return () -> {
      work.run();
      for (int c = 0; c < channels; c++) {
        double sum = 0;
        for (var sums : partial) {
          sum += sums[c];
        }
        y.set(c, (float) (op.factor() * sum));
      }
    };
  }

  private static void add(float[] sum, float[] part, int n) {
    for (int i = 0; i < n; i++) {
      sum[i] += part[i];
    }
  }

  /// In a fixed order: four running sums, then these in turn.
  static double sum(float[] x, int n) {
    double a = 0;
    double b = 0;
    double c = 0;
    double d = 0;
    int whole = n - n % 4;
    for (int i = 0; i < whole; i += 4) {
      a += x[i];
      b += x[i + 1];
      c += x[i + 2];
      d += x[i + 3];
    }
    for (int i = whole; i < n; i++) {
      a += x[i];
    }
    return (a + b) + (c + d);
  }

  static double squares(float[] x, int n) {
    double a = 0;
    double b = 0;
    double c = 0;
    double d = 0;
    int whole = n - n % 4;
    for (int i = 0; i < whole; i += 4) {
      a += (double) x[i] * x[i];
      b += (double) x[i + 1] * x[i + 1];
      c += (double) x[i + 2] * x[i + 2];
      d += (double) x[i + 3] * x[i + 3];
    }
    for (int i = whole; i < n; i++) {
      a += (double) x[i] * x[i];
    }
    return (a + b) + (c + d);
  }

  private record Stretch(View x, long from, int count) {}

  static Kernel squaredNorm(Pool pool, List<View> in, View y) {
    var stretches = new ArrayList<Stretch>();
    int length = 1 << 14;
    for (var x : in) {
      for (long at = 0; at < x.size(); at += length) {
        stretches.add(new Stretch(x, at, (int) Math.min(length, x.size() - at)));
      }
    }
    var partial = new double[stretches.size()];
    Pool.Task task =
        (i, lane) -> {
          var stretch = stretches.get(i);
          var tile = lane.tile(0, length);
          stretch.x().load(stretch.from(), tile, stretch.count());
          partial[i] = squares(tile, stretch.count());
        };
    return () -> {
      pool.run(partial.length, task);
      double sum = 0;
      for (double part : partial) {
        sum += part;
      }
      y.set(0, (float) sum);
    };
  }
}
