package bandlimit.backend.cpu;

import bandlimit.graph.op.Polynomial;
import bandlimit.graph.op.PolynomialCoefficientGrad;
import bandlimit.graph.op.PolynomialGrad;
import bandlimit.tensor.Shape;

/// The polynomial activation and its two gradients, by Horner over tiles with the coefficients of
/// each channel spread.
final class PolynomialCpu {
  private PolynomialCpu() {}

  static Kernel run(Pool pool, Polynomial op, View x, View a, View y) {
    int channels = x.shape().at(-1);
    var coefficients = new Coefficients(op.degree(), channels, a, false);
    var each =
        Tiles.each(
            pool,
            y.size(),
            channels,
            (at, n, lane) -> {
              var tile = lane.tile(0, n);
              var sum = lane.tile(1, n);
              x.load(at, tile, n);
              coefficients.evaluate(tile, sum, n);
              y.store(at, sum, n);
            });
    return () -> {
      coefficients.load();
      each.run();
    };
  }

  static Kernel grad(Pool pool, PolynomialGrad op, View x, View a, View dy, View dx) {
    int channels = x.shape().at(-1);
    var coefficients = new Coefficients(op.degree(), channels, a, true);
    var each =
        Tiles.each(
            pool,
            dx.size(),
            channels,
            (at, n, lane) -> {
              var tile = lane.tile(0, n);
              var sum = lane.tile(1, n);
              var out = lane.tile(2, n);
              x.load(at, tile, n);
              dy.load(at, out, n);
              coefficients.evaluate(tile, sum, n);
              multiply(out, sum, n);
              dx.store(at, out, n);
            });
    return () -> {
      coefficients.load();
      each.run();
    };
  }

  static Kernel coefficientGrad(Pool pool, PolynomialCoefficientGrad op, View x, View dy, View da) {
    int channels = x.shape().at(-1);
    int powers = op.degree() + 1;
    int tile = Tiles.length(channels);
    int slabs = Tiles.slabs(x.size(), channels);
    var partial = new double[slabs][powers * channels];
    var work =
        Tiles.slabs(
            pool,
            x.size(),
            channels,
            (slab, from, to, lane) -> {
              var sums = new float[powers][];
              for (int p = 0; p < powers; p++) {
                sums[p] = Tiles.zeros(lane, 2 + p, tile);
              }
              var in = lane.tile(0, tile);
              var term = lane.tile(1, tile);
              for (long at = from; at < to; at += tile) {
                int n = (int) Math.min(tile, to - at);
                x.load(at, in, n);
                dy.load(at, term, n);
                for (int p = 0; p < powers; p++) {
                  add(sums[p], term, n);
                  multiply(term, in, n);
                }
              }
              java.util.Arrays.fill(partial[slab], 0);
              for (int p = 0; p < powers; p++) {
                Tiles.foldInto(partial[slab], p * channels, sums[p], channels, tile);
              }
            });
    int rows = op.shared() ? 1 : channels;
    var total = new double[rows * powers];
    return () -> {
      work.run();
      java.util.Arrays.fill(total, 0);
      for (var sums : partial) {
        for (int p = 0; p < powers; p++) {
          for (int c = 0; c < channels; c++) {
            total[(op.shared() ? 0 : c) * powers + p] += sums[p * channels + c];
          }
        }
      }
      for (int i = 0; i < total.length; i++) {
        da.set(i, (float) total[i]);
      }
    };
  }

  private static void add(float[] sum, float[] part, int n) {
    for (int i = 0; i < n; i++) {
      sum[i] += part[i];
    }
  }

  private static void multiply(float[] a, float[] b, int n) {
    for (int i = 0; i < n; i++) {
      a[i] *= b[i];
    }
  }

  /// Coefficients a_0.. of the polynomial, or k a_k of its derivative, each spread over a tile.
  private static final class Coefficients {
    private final View a;
    private final int degree;
    private final int channels;
    private final boolean derivative;
    private final float[][] spread;

    Coefficients(int degree, int channels, View a, boolean derivative) {
      this.a = a;
      this.degree = degree;
      this.channels = channels;
      this.derivative = derivative;
      this.spread = new float[derivative ? degree : degree + 1][Tiles.length(channels)];
    }

    void load() {
      Shape shape = a.shape();
      for (int k = 0; k < spread.length; k++) {
        for (int c = 0; c < channels; c++) {
          int row = shape.at(0) == 1 ? 0 : c;
          int power = derivative ? k + 1 : k;
          float value = a.get((long) row * (degree + 1) + power);
          spread[k][c] = derivative ? power * value : value;
        }
        Tiles.spread(spread[k], channels, spread[k].length);
      }
    }

    void evaluate(float[] x, float[] sum, int n) {
      System.arraycopy(spread[spread.length - 1], 0, sum, 0, n);
      for (int k = spread.length - 2; k >= 0; k--) {
        horner(sum, x, spread[k], n);
      }
    }

    private static void horner(float[] sum, float[] x, float[] a, int n) {
      for (int i = 0; i < n; i++) {
        sum[i] = sum[i] * x[i] + a[i];
      }
    }
  }
}
