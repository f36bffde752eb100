package bandlimit.backend.cpu;

import bandlimit.graph.op.Polynomial;
import bandlimit.graph.op.PolynomialBackward;
import bandlimit.graph.op.PolynomialCoefficientGrad;
import bandlimit.graph.op.PolynomialGrad;
import bandlimit.graph.op.ScaledPolynomial;
import java.util.Arrays;
import java.util.List;

/// The polynomial activation and its gradients, over tiles with the coefficients of each channel
/// spread. Degrees up to 3 are one loop, which the compiler vectorises; others are a loop for each
/// power.
final class PolynomialCpu {
  private static final int TILE = 1024; // seven of them in the first cache level

  private PolynomialCpu() {}

  static Kernel run(Pool pool, Polynomial op, View x, View a, View y) {
    return run(pool, new ScaledPolynomial(1, op.degree(), 1), x, a, y);
  }

  static Kernel run(Pool pool, ScaledPolynomial op, View x, View a, View y) {
    var coefficients = new Coefficients(op.degree(), x.shape().at(-1), a, false, op.in(), op.out());
    return each(
        pool,
        coefficients,
        (at, n, lane) -> {
          var tile = lane.tile(0, n);
          x.load(at, tile, n);
          coefficients.evaluate(tile, lane, n);
          y.store(at, tile, n);
        },
        y);
  }

  static Kernel grad(Pool pool, PolynomialGrad op, View x, View a, View dy, View dx) {
    var slope = new Coefficients(op.degree(), x.shape().at(-1), a, true, 1, 1);
    return each(
        pool,
        slope,
        (at, n, lane) -> {
          var tile = lane.tile(0, n);
          var out = lane.tile(1, n);
          x.load(at, tile, n);
          dy.load(at, out, n);
          slope.evaluate(tile, lane, n);
          multiply(out, tile, n);
          dx.store(at, out, n);
        },
        dx);
  }

  private static Kernel each(Pool pool, Coefficients coefficients, Tiles.Body body, View y) {
    var each = Tiles.each(pool, y.size(), coefficients.channels, TILE, body);
    return () -> {
      coefficients.load();
      each.run();
    };
  }

  static Kernel coefficientGrad(Pool pool, PolynomialCoefficientGrad op, View x, View dy, View da) {
    var sums = new Sums(op.degree(), x, da, op.shared(), 1, 1);
    return sums.kernel(
        pool,
        (at, n, lane) -> {
          var tile = lane.tile(0, n);
          var term = lane.tile(1, n);
          x.load(at, tile, n);
          dy.load(at, term, n);
          sums.add(tile, term, lane, n);
        });
  }

  /// dx and da from one read of x and dy.
  static Kernel backward(Pool pool, PolynomialBackward op, List<View> in, View dx, View da) {
    View x = in.get(0);
    View coefficients = in.get(1);
    View dy = in.get(2);
    var slope =
        new Coefficients(op.degree(), x.shape().at(-1), coefficients, true, op.in(), op.out());
    boolean shared = coefficients.shape().at(0) == 1;
    var sums = new Sums(op.degree(), x, da, shared, op.in(), op.out());
    var kernel =
        sums.kernel(
            pool,
            (at, n, lane) -> {
              var tile = lane.tile(0, n);
              var term = lane.tile(1, n);
              x.load(at, tile, n);
              dy.load(at, term, n);
              if (op.degree() == 2) {
                var a = slope.spread;
                add(lane.tile(Sums.FIRST, n), term, n);
                addOnce(lane.tile(Sums.FIRST + 1, n), tile, term, n);
                addTwice(lane.tile(Sums.FIRST + 2, n), tile, term, n);
                slope(a[0], a[1], tile, term, n);
              } else {
                var out = lane.tile(2, n);
                System.arraycopy(tile, 0, out, 0, n);
                slope.evaluate(out, lane, n);
                multiply(out, term, n);
                sums.add(tile, term, lane, n);
                System.arraycopy(out, 0, term, 0, n);
              }
              dx.store(at, term, n);
            });
    return () -> {
      slope.load();
      kernel.run();
    };
  }

  // one store a loop: more of them would not be vectorised

  private static void addOnce(float[] sum, float[] x, float[] dy, int n) {
    for (int i = 0; i < n; i++) {
      sum[i] += dy[i] * x[i];
    }
  }

  private static void addTwice(float[] sum, float[] x, float[] dy, int n) {
    for (int i = 0; i < n; i++) {
      sum[i] += dy[i] * x[i] * x[i];
    }
  }

  private static void slope(float[] a, float[] b, float[] x, float[] dy, int n) {
    for (int i = 0; i < n; i++) {
      dy[i] *= b[i] * x[i] + a[i];
    }
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

  /// Sums of dy x^k by channel: over the tiles of a slab in float, the slabs in double.
  private static final class Sums {
    private static final int FIRST = 3; // tiles of the lane that hold them

    private final int powers;
    private final int channels;
    private final int tile;
    private final View x;
    private final View da;
    private final boolean shared;
    private final double in;
    private final double out;
    private final double[][] partial;

    Sums(int degree, View x, View da, boolean shared, double in, double out) {
      this.powers = degree + 1;
      this.channels = x.shape().at(-1);
      this.tile = Tiles.length(channels, TILE);
      this.x = x;
      this.da = da;
      this.shared = shared;
      this.in = in;
      this.out = out;
      this.partial = new double[Tiles.slabs(x.size(), channels, TILE)][powers * channels];
    }

    /// `body` adds to the lane's sums.
    Kernel kernel(Pool pool, Tiles.Body body) {
      var work =
          Tiles.slabs(
              pool,
              x.size(),
              channels,
              TILE,
              (slab, from, to, lane) -> {
                for (var sum : of(lane)) {
                  Arrays.fill(sum, 0, tile, 0f);
                }
                for (long at = from; at < to; at += tile) {
                  body.run(at, (int) Math.min(tile, to - at), lane);
                }
                Arrays.fill(partial[slab], 0);
                for (int p = 0; p < powers; p++) {
                  Tiles.foldInto(partial[slab], p * channels, of(lane)[p], channels, tile);
                }
              });
      return () -> {
        work.run();
        join();
      };
    }

    float[][] of(Lane lane) {
      var sums = new float[powers][];
      for (int p = 0; p < powers; p++) {
        sums[p] = lane.tile(FIRST + p, tile);
      }
      return sums;
    }

    /// `term` is dy, and afterwards dy x^degree.
    void add(float[] x, float[] term, Lane lane, int n) {
      for (int p = 0; p < powers; p++) {
        PolynomialCpu.add(lane.tile(FIRST + p, tile), term, n);
        if (p + 1 < powers) {
          multiply(term, x, n);
        }
      }
    }

    private void join() {
      int rows = shared ? 1 : channels;
      var total = new double[rows * powers];
      for (var sums : partial) {
        for (int p = 0; p < powers; p++) {
          for (int c = 0; c < channels; c++) {
            total[(shared ? 0 : c) * powers + p] += sums[p * channels + c];
          }
        }
      }
      for (int i = 0; i < total.length; i++) {
        da.set(i, (float) (out * Math.pow(in, i % powers) * total[i]));
      }
    }
  }

  /// Coefficients of out p(in x), or of its derivative, each spread over a tile.
  private static final class Coefficients {
    private final View a;
    private final int degree;
    private final int channels;
    private final boolean derivative;
    private final double in;
    private final double out;
    private final float[][] spread;

    Coefficients(int degree, int channels, View a, boolean derivative, double in, double out) {
      this.a = a;
      this.degree = degree;
      this.channels = channels;
      this.derivative = derivative;
      this.in = in;
      this.out = out;
      this.spread = new float[derivative ? degree : degree + 1][Tiles.length(channels, TILE)];
    }

    void load() {
      for (int k = 0; k < spread.length; k++) {
        int power = derivative ? k + 1 : k;
        double factor = out * Math.pow(in, power) * (derivative ? power : 1);
        for (int c = 0; c < channels; c++) {
          int row = a.shape().at(0) == 1 ? 0 : c;
          spread[k][c] = (float) (factor * a.get((long) row * (degree + 1) + power));
        }
        Tiles.spread(spread[k], channels, spread[k].length);
      }
    }

    /// x becomes its image.
    void evaluate(float[] x, Lane lane, int n) {
      var a = spread;
      switch (a.length) {
        case 2 -> line(x, a[0], a[1], n);
        case 3 -> square(x, a[0], a[1], a[2], n);
        case 4 -> cube(x, a[0], a[1], a[2], a[3], n);
        default -> {
          var sum = lane.tile(2, n);
          System.arraycopy(a[a.length - 1], 0, sum, 0, n);
          for (int k = a.length - 2; k >= 0; k--) {
            horner(sum, x, a[k], n);
          }
          System.arraycopy(sum, 0, x, 0, n);
        }
      }
    }

    private static void line(float[] x, float[] a, float[] b, int n) {
      for (int i = 0; i < n; i++) {
        x[i] = b[i] * x[i] + a[i];
      }
    }

    private static void square(float[] x, float[] a, float[] b, float[] c, int n) {
      for (int i = 0; i < n; i++) {
        x[i] = (c[i] * x[i] + b[i]) * x[i] + a[i];
      }
    }

    private static void cube(float[] x, float[] a, float[] b, float[] c, float[] d, int n) {
      for (int i = 0; i < n; i++) {
        x[i] = ((d[i] * x[i] + c[i]) * x[i] + b[i]) * x[i] + a[i];
      }
    }

    private static void horner(float[] sum, float[] x, float[] a, int n) {
      for (int i = 0; i < n; i++) {
        sum[i] = sum[i] * x[i] + a[i];
      }
    }
  }
}
