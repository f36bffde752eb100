package bandlimit.backend.cpu;

import bandlimit.graph.op.ChannelGradSums;
import bandlimit.graph.op.Moments;
import bandlimit.graph.op.Normalize;
import bandlimit.graph.op.NormalizeGrad;
import bandlimit.graph.op.Over;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/// Batch, group and layer norm: statistics, application, and gradients; each one pass over memory.
///
/// Sums run in float for at most some hundred terms a position, around a shift near the mean, and
/// are joined in double; so a variance is good to 1e-6 even where the mean is a thousand times the
/// deviation.
final class NormalizeCpu {
  private NormalizeCpu() {}

  // ---- statistics ----

  static Kernel moments(Pool pool, Moments op, View x, View y) {
    return op.over().kind() == Over.Kind.BATCH
        ? channelMoments(pool, x, y)
        : setMoments(pool, new Sets(op.over(), x.shape()), x, y);
  }

  /// Slabs of the batch, joined in order by the rule for the mean and variance of a union.
  private static Kernel channelMoments(Pool pool, View x, View y) {
    int channels = x.shape().c();
    int tile = Tiles.length(channels);
    int slabs = Tiles.slabs(x.size(), channels);
    var means = new double[slabs][channels];
    var squares = new double[slabs][channels];
    var counts = new double[slabs];
    var work =
        Tiles.slabs(
            pool,
            x.size(),
            channels,
            (slab, from, to, lane) -> {
              counts[slab] = (double) (to - from) / channels;
              channelMoments(x, from, to, channels, tile, means[slab], squares[slab], lane);
            });
    return () -> {
      work.run();
      for (int c = 0; c < channels; c++) {
        double count = counts[0];
        double mean = means[0][c];
        double square = squares[0][c];
        for (int s = 1; s < slabs; s++) {
          double total = count + counts[s];
          double step = means[s][c] - mean;
          mean += step * counts[s] / total;
          square += squares[s][c] + step * step * count * counts[s] / total;
          count = total;
        }
        y.set(c, (float) mean);
        y.set(channels + (long) c, (float) (square / count));
      }
    };
  }

  /// Mean and sum of squared deviations of each channel of one slab.
  private static void channelMoments(
      View x,
      long from,
      long to,
      int channels,
      int tile,
      double[] mean,
      double[] square,
      Lane lane) {
    var in = lane.tile(0, tile);
    var shift = lane.tile(1, tile);
    int first = (int) Math.min(tile, to - from);
    x.load(from, in, first);
    Arrays.fill(mean, 0);
    Tiles.foldInto(mean, 0, in, channels, first);
    for (int c = 0; c < channels; c++) {
      shift[c] = (float) (mean[c] * channels / first);
    }
    Tiles.spread(shift, channels, tile);
    var sums = Tiles.zeros(lane, 2, tile);
    var sumsOfSquares = Tiles.zeros(lane, 3, tile);
    for (long at = from; at < to; at += tile) {
      int n = (int) Math.min(tile, to - at);
      if (at > from) {
        x.load(at, in, n);
      }
      accumulate(sums, sumsOfSquares, in, shift, n);
    }
    Arrays.fill(mean, 0);
    Arrays.fill(square, 0);
    Tiles.foldInto(mean, 0, sums, channels, tile);
    Tiles.foldInto(square, 0, sumsOfSquares, channels, tile);
    double count = (double) (to - from) / channels;
    for (int c = 0; c < channels; c++) {
      double off = mean[c] / count;
      square[c] = Math.max(0, square[c] - mean[c] * off);
      mean[c] = shift[c] + off;
    }
  }

  private static void accumulate(float[] sums, float[] squares, float[] x, float[] shift, int n) {
    for (int i = 0; i < n; i++) {
      float d = x[i] - shift[i];
      sums[i] += d;
      squares[i] += d * d;
    }
  }

  /// Sets within one sample: two passes over a unit that is still in the cache.
  private static Kernel setMoments(Pool pool, Sets sets, View x, View y) {
    int runs = sets.over.groups(); // of a pixel's channels, each of one set
    int run = sets.channels / runs;
    long pixels = sets.unitSize / sets.channels;
    int perTask = (int) Math.max(1, (1 << 14) / sets.unitSize);
    int tasks = Math.toIntExact((sets.units + perTask - 1) / perTask);
    Pool.Task task =
        (index, lane) -> {
          var row = lane.tile(0, run);
          long end = Math.min(sets.units, (index + 1L) * perTask);
          for (long unit = (long) index * perTask; unit < end; unit++) {
            for (int g = 0; g < runs; g++) {
              long start = unit * sets.unitSize + (long) g * run;
              double sum = 0;
              for (long p = 0; p < pixels; p++) {
                x.load(start + p * sets.channels, row, run);
                sum += ReduceCpu.sum(row, run);
              }
              double mean = sum / sets.count;
              double square = 0;
              for (long p = 0; p < pixels; p++) {
                x.load(start + p * sets.channels, row, run);
                square += deviations(row, mean, run);
              }
              long set = unit * runs + g;
              y.set(set, (float) mean);
              y.set(sets.sets + set, (float) (square / sets.count));
            }
          }
        };
    return () -> pool.run(tasks, task);
  }

  private static double deviations(float[] x, double mean, int n) {
    double a = 0;
    double b = 0;
    int even = n & ~1;
    for (int i = 0; i < even; i += 2) {
      double d = x[i] - mean;
      double e = x[i + 1] - mean;
      a += d * d;
      b += e * e;
    }
    if (even < n) {
      double d = x[even] - mean;
      a += d * d;
    }
    return a + b;
  }

  // ---- application ----

  /// gamma (x - mean) r + beta, with the residual and ReLU of a fused step.
  static Kernel run(
      Pool pool, Normalize op, List<View> in, Optional<View> residual, boolean relu, View y) {
    View x = in.get(0);
    var sets = new Sets(op.over(), x.shape());
    int tile = sets.tile();
    var body = new Apply(sets, op.epsilon(), in, tile);
    var finish =
        new Tiles.Body() {
          @Override
          public void run(long at, int n, Lane lane) {
            var out = lane.tile(0, n);
            x.load(at, out, n);
            body.run(out, lane, n);
            if (residual.isPresent()) {
              var other = lane.tile(1, n);
              residual.get().load(at, other, n);
              add(out, other, n);
            }
            if (relu) {
              relu(out, n);
            }
            y.store(at, out, n);
          }
        };
    return units(pool, sets, tile, body::prepare, finish);
  }

  /// The parameters of a unit, spread in the lane's buffers 4..6.
  private static final class Apply {
    private final Sets sets;
    private final double epsilon;
    private final View statistics;
    private final View gamma;
    private final View beta;
    private final int tile;

    Apply(Sets sets, double epsilon, List<View> in, int tile) {
      this.sets = sets;
      this.epsilon = epsilon;
      this.statistics = in.get(1);
      this.gamma = in.get(2);
      this.beta = in.get(3);
      this.tile = tile;
    }

    void prepare(long unit, Lane lane) {
      var mean = lane.tile(4, tile);
      var scale = lane.tile(5, tile);
      var shift = lane.tile(6, tile);
      for (int c = 0; c < sets.channels; c++) {
        int set = sets.set(unit, c);
        mean[c] = statistics.get(set);
        scale[c] = (float) (gamma.get(c) * sets.inverse(statistics, epsilon, set));
        shift[c] = beta.get(c);
      }
      Tiles.spread(mean, sets.channels, tile);
      Tiles.spread(scale, sets.channels, tile);
      Tiles.spread(shift, sets.channels, tile);
    }

    void run(float[] x, Lane lane, int n) {
      affine(x, lane.tile(4, tile), lane.tile(5, tile), lane.tile(6, tile), n);
    }
  }

  private static void affine(float[] x, float[] mean, float[] scale, float[] shift, int n) {
    for (int i = 0; i < n; i++) {
      x[i] = (x[i] - mean[i]) * scale[i] + shift[i];
    }
  }

  private static void add(float[] sum, float[] part, int n) {
    for (int i = 0; i < n; i++) {
      sum[i] += part[i];
    }
  }

  private static void relu(float[] x, int n) {
    for (int i = 0; i < n; i++) {
      x[i] = Math.max(x[i], 0f);
    }
  }

  private interface Prepare {
    void run(long unit, Lane lane);
  }

  /// Elementwise work with parameters that change from unit to unit: each task prepares its own
  /// lane.
  private static Kernel units(Pool pool, Sets sets, int tile, Prepare prepare, Tiles.Body body) {
    long length = (long) tile * Math.max(1, (1 << 16) / tile);
    long perUnit = (sets.unitSize + length - 1) / length;
    long unitsPerTask = Math.max(1, length / sets.unitSize);
    int tasks =
        Math.toIntExact(
            perUnit > 1 ? sets.units * perUnit : (sets.units + unitsPerTask - 1) / unitsPerTask);
    Pool.Task task =
        (index, lane) -> {
          long firstUnit = perUnit > 1 ? index / perUnit : index * unitsPerTask;
          long lastUnit =
              perUnit > 1 ? firstUnit + 1 : Math.min(sets.units, firstUnit + unitsPerTask);
          long from = perUnit > 1 ? index % perUnit * length : 0;
          long to = perUnit > 1 ? Math.min(sets.unitSize, from + length) : sets.unitSize;
          for (long unit = firstUnit; unit < lastUnit; unit++) {
            prepare.run(unit, lane);
            for (long at = from; at < to; at += tile) {
              body.run(unit * sets.unitSize + at, (int) Math.min(tile, to - at), lane);
            }
          }
        };
    return () -> pool.run(tasks, task);
  }

  // ---- gradients ----

  /// Sums of dy and of dy h by channel; slabs of whole units, or of a unit that is the whole
  /// tensor.
  static Kernel sums(Pool pool, ChannelGradSums op, List<View> in, View y) {
    View x = in.get(0);
    View statistics = in.get(1);
    View dy = in.get(2);
    var sets = new Sets(op.over(), x.shape());
    int channels = sets.channels;
    int tile = sets.tile();
    boolean batch = op.over().kind() == Over.Kind.BATCH;
    long slab =
        batch
            ? (long) tile * Math.max(1, (1 << 16) / tile)
            : sets.unitSize * Math.max(1, (1 << 16) / sets.unitSize);
    int slabs = Math.toIntExact((x.size() + slab - 1) / slab);
    var partial = new double[slabs][2 * channels];
    Pool.Task task =
        (index, lane) -> {
          var sums = partial[index];
          Arrays.fill(sums, 0);
          var first = Tiles.zeros(lane, 0, tile);
          var second = Tiles.zeros(lane, 1, tile);
          var mean = lane.tile(2, tile);
          var inverse = lane.tile(3, tile);
          var a = lane.tile(4, tile);
          var b = lane.tile(5, tile);
          long end = Math.min(x.size(), (index + 1) * slab);
          long unit = -1;
          int tiles = 0;
          for (long at = index * slab; at < end; ) {
            if (at / sets.unitSize != unit) {
              unit = at / sets.unitSize;
              sets.spread(statistics, op.epsilon(), unit, mean, inverse, tile);
            }
            int n = (int) Math.min(tile, Math.min(end, (unit + 1) * sets.unitSize) - at);
            x.load(at, a, n);
            dy.load(at, b, n);
            accumulate(first, second, a, b, mean, inverse, n);
            at += n;
            if (++tiles == 256) { // bounds the float error of long sums
              flush(sums, first, second, channels, tile);
              tiles = 0;
            }
          }
          flush(sums, first, second, channels, tile);
        };
    return () -> {
      pool.run(slabs, task);
      for (int c = 0; c < 2 * channels; c++) {
        double sum = 0;
        for (var sums : partial) {
          sum += sums[c];
        }
        y.set(c, (float) sum);
      }
    };
  }

  private static void flush(double[] sums, float[] first, float[] second, int channels, int tile) {
    Tiles.foldInto(sums, 0, first, channels, tile);
    Tiles.foldInto(sums, channels, second, channels, tile);
    Arrays.fill(first, 0, tile, 0f);
    Arrays.fill(second, 0, tile, 0f);
  }

  private static void accumulate(
      float[] first, float[] second, float[] x, float[] dy, float[] mean, float[] inverse, int n) {
    for (int i = 0; i < n; i++) {
      first[i] += dy[i];
      second[i] += dy[i] * ((x[i] - mean[i]) * inverse[i]);
    }
  }

  static Kernel grad(Pool pool, NormalizeGrad op, List<View> in, View dx) {
    var sets = new Sets(op.over(), in.get(0).shape());
    return op.over().kind() == Over.Kind.BATCH || !op.live()
        ? channelGrad(pool, op, sets, in, dx)
        : setGrad(pool, op, sets, in, dx);
  }

  /// dx = gamma r (dy - dbeta / count - h dgamma / count); the last two only where live.
  private static Kernel channelGrad(
      Pool pool, NormalizeGrad op, Sets sets, List<View> in, View dx) {
    View x = in.get(0);
    View statistics = in.get(1);
    View gamma = in.get(2);
    View sums = in.get(3);
    View dy = in.get(4);
    int tile = sets.tile();
    Prepare prepare =
        (unit, lane) -> {
          var mean = lane.tile(4, tile);
          var scale = lane.tile(5, tile);
          var shift = lane.tile(6, tile);
          var slope = lane.tile(7, tile);
          for (int c = 0; c < sets.channels; c++) {
            int set = sets.set(unit, c);
            double inverse = sets.inverse(statistics, op.epsilon(), set);
            mean[c] = statistics.get(set);
            scale[c] = (float) (gamma.get(c) * inverse);
            shift[c] = op.live() ? (float) ((double) sums.get(c) / sets.count) : 0;
            slope[c] =
                op.live() ? (float) (sums.get(sets.channels + (long) c) * inverse / sets.count) : 0;
          }
          Tiles.spread(mean, sets.channels, tile);
          Tiles.spread(scale, sets.channels, tile);
          Tiles.spread(shift, sets.channels, tile);
          Tiles.spread(slope, sets.channels, tile);
        };
    Tiles.Body body =
        (at, n, lane) -> {
          var a = lane.tile(0, n);
          var out = lane.tile(1, n);
          x.load(at, a, n);
          dy.load(at, out, n);
          centre(out, a, lane.tile(4, n), lane.tile(5, n), lane.tile(6, n), lane.tile(7, n), n);
          dx.store(at, out, n);
        };
    return units(pool, sets, tile, prepare, body);
  }

  private static void centre(
      float[] dy, float[] x, float[] mean, float[] scale, float[] shift, float[] slope, int n) {
    for (int i = 0; i < n; i++) {
      dy[i] = ((dy[i] - shift[i]) - (x[i] - mean[i]) * slope[i]) * scale[i];
    }
  }

  /// Sets within one sample: the two means first, then the gradient, on a unit in the cache.
  private static Kernel setGrad(Pool pool, NormalizeGrad op, Sets sets, List<View> in, View dx) {
    View x = in.get(0);
    View statistics = in.get(1);
    View gamma = in.get(2);
    View dy = in.get(4);
    int runs = sets.over.groups();
    int run = sets.channels / runs;
    long pixels = sets.unitSize / sets.channels;
    int perTask = (int) Math.max(1, (1 << 14) / sets.unitSize);
    int tasks = Math.toIntExact((sets.units + perTask - 1) / perTask);
    Pool.Task task =
        (index, lane) -> {
          var a = lane.tile(0, run);
          var b = lane.tile(1, run);
          var factors = lane.tile(2, sets.channels);
          gamma.load(0, factors, sets.channels);
          long end = Math.min(sets.units, (index + 1L) * perTask);
          for (long unit = (long) index * perTask; unit < end; unit++) {
            for (int g = 0; g < runs; g++) {
              int set = (int) (unit * runs + g);
              double mean = statistics.get(set);
              double inverse = sets.inverse(statistics, op.epsilon(), set);
              long start = unit * sets.unitSize + (long) g * run;
              double sum = 0;
              double product = 0;
              for (long p = 0; p < pixels; p++) {
                long at = start + p * sets.channels;
                x.load(at, a, run);
                dy.load(at, b, run);
                for (int i = 0; i < run; i++) {
                  double weighted = (double) factors[g * run + i] * b[i];
                  sum += weighted;
                  product += weighted * (a[i] - mean);
                }
              }
              double shift = sum / sets.count;
              double slope = product * inverse * inverse / sets.count;
              for (long p = 0; p < pixels; p++) {
                long at = start + p * sets.channels;
                x.load(at, a, run);
                dy.load(at, b, run);
                for (int i = 0; i < run; i++) {
                  double weighted = (double) factors[g * run + i] * b[i];
                  b[i] = (float) (inverse * (weighted - shift - (a[i] - mean) * slope));
                }
                dx.store(at, b, run);
              }
            }
          }
        };
    return () -> pool.run(tasks, task);
  }
}
