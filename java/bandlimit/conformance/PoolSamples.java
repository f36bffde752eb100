package bandlimit.conformance;

import bandlimit.graph.op.MaxPool;
import bandlimit.graph.op.MaxPoolGrad;
import bandlimit.graph.op.MaxPoolResample;
import bandlimit.graph.op.Pad;
import bandlimit.graph.op.PaddedResample;
import bandlimit.graph.op.Resample;
import bandlimit.signal.Boundary;
import bandlimit.signal.Filter;
import bandlimit.signal.Resampler;
import bandlimit.tensor.Shape;
import bandlimit.tensor.TensorType;
import java.util.ArrayList;
import java.util.List;

/// Max-pooling: distinct values for the gradient, ties for the rule about ties.
final class PoolSamples {
  private PoolSamples() {}

  private static final List<Sample> ROWS = new ArrayList<>();

  static {
    pool(MaxPool.of(2, 1, 0), 1, 2, 2, 1);
    pool(MaxPool.of(2, 1, 0), 2, 7, 9, 8);
    pool(MaxPool.of(2, 2, 0), 1, 7, 8, 31);
    pool(MaxPool.of(3, 2, 1), 2, 9, 31, 3);
    pool(MaxPool.of(3, 1, 1), 1, 1, 3, 9);
    pool(MaxPool.of(3, 3, 0), 1, 8, 7, 16);
    pool(MaxPool.of(1, 2, 0), 1, 5, 4, 33);
    pool(MaxPool.of(2, 1, 1), 1, 3, 2, 7);
    pool(new MaxPool(1, 3, 2, 1, 0, 1), 2, 5, 6, 5);
    pool(new MaxPool(3, 2, 1, 2, 1, 0), 2, 33, 6, 2);
    pool(MaxPool.of(2, 1, 0), 1, 32, 32, 16);
    pool(MaxPool.of(2, 1, 0), 2, 33, 3, 17); // channels in whole registers, and some more
    pool(MaxPool.of(2, 1, 0), 1, 17, 7, 100);
    pool(MaxPool.of(2, 1, 0), 1, 2, 31, 64);
    pool(MaxPool.of(3, 2, 1), 1, 33, 3, 100);
    pool(MaxPool.of(2, 2, 0), 2, 17, 33, 17);
    pool(new MaxPool(1, 2, 1, 1, 0, 0), 2, 1, 33, 5);

    notANumber(MaxPool.of(2, 1, 0), 17);
    notANumber(MaxPool.of(2, 1, 0), 64);
    notANumber(MaxPool.of(3, 2, 1), 17);

    for (Boundary mode : Boundary.values()) {
      for (int taps = 2; taps <= 7; taps++) {
        blurred(MaxPool.of(2, 1, 0), mode, taps, Shape.of(1, 7, 8 + taps % 2, 8));
        blurred(MaxPool.of(3, 1, taps % 2), mode, taps, Shape.of(2, 9, 6 + taps, 16));
        blurred(MaxPool.of(2 + taps % 2, 1, 0), mode, taps, Shape.of(1, 8, 7, 3));
      }
    }
    blurred(MaxPool.of(2, 1, 0), Boundary.REFLECT, 4, Shape.of(1, 57, 33, 8));
    blurred(MaxPool.of(3, 1, 1), Boundary.REFLECT, 3, Shape.of(1, 33, 31, 24));
    blurred(MaxPool.of(2, 1, 0), Boundary.REFLECT, 3, Shape.of(2, 34, 8, 64));
    blurred(MaxPool.of(2, 1, 0), Boundary.CIRCULAR, 5, Shape.of(1, 18, 33, 17));
    blurred(MaxPool.of(2, 2, 0), Boundary.REPLICATE, 7, Shape.of(1, 32, 7, 100));
    blurred(MaxPool.of(2, 1, 0), Boundary.ZERO, 6, Shape.of(1, 4, 3, 5));
    blurred(new MaxPool(2, 3, 1, 1, 0, 1), Boundary.CIRCULAR, 5, Shape.of(2, 7, 7, 8));
    var line = Resampler.decimate(Filter.binomial(3).taps(), 2);
    ROWS.add(
        Sample.of(
                new MaxPoolResample(
                    new MaxPool(1, 2, 1, 1, 0, 0),
                    new PaddedResample(
                        new Pad(Boundary.REFLECT, 0, 0, 1, 1),
                        new Resample(Resampler.IDENTITY, line))))
            .in(2, 1, 32, 8));
    var zeros = new Resampler(Filter.binomial(4).taps(), 1, 2, 1, 2);
    ROWS.add(
        Sample.of(
                new MaxPoolResample(
                    MaxPool.of(2, 1, 0), PaddedResample.of(new Resample(zeros, zeros))))
            .in(1, 14, 13, 8));
  }

  /// A max-pool without aliasing.
  private static void blurred(MaxPool pool, Boundary mode, int taps, Shape x) {
    var filter = Filter.binomial(taps);
    int before = filter.padBefore();
    int after = filter.padAfter();
    var axis = Resampler.decimate(filter.taps(), 2);
    var blur =
        new PaddedResample(new Pad(mode, before, after, before, after), new Resample(axis, axis));
    ROWS.add(Sample.of(new MaxPoolResample(pool, blur)).in(x.n(), x.h(), x.w(), x.c()));
  }

  /// One NaN in a window at most; infinities, too.
  private static void notANumber(MaxPool pool, int channels) {
    var values = new double[31]; // no multiple of the channels
    for (int i = 0; i < values.length; i++) {
      values[i] = i * 7 % 31 - 15;
    }
    values[3] = Double.NaN;
    values[20] = Double.NEGATIVE_INFINITY;
    ROWS.add(
        Sample.of(pool)
            .in(TensorType.f32(1, 5, 4, channels), Values.of(values))
            .kinked()
            .note("NaN"));
  }

  static List<Sample> rows() {
    return ROWS;
  }

  private static void pool(MaxPool pool, int n, int h, int w, int c) {
    var x = TensorType.f32(n, h, w, c);
    Shape y = pool.infer(List.of(x)).shape();
    ROWS.add(
        Sample.of(pool).in(x, Values.distinct()).formula(in -> largest(pool, in.getFirst(), x, y)));
    ROWS.add(
        Sample.of(pool)
            .in(x, Values.whole(2))
            .kinked()
            .note("ties")
            .formula(in -> largest(pool, in.getFirst(), x, y)));
    ROWS.add(
        Sample.of(new MaxPoolGrad(pool))
            .in(x, Values.whole(3))
            .in(x.withShape(y), Values.normal())
            .note("ties")
            .formula(in -> firstAmongEquals(pool, in.get(0), in.get(1), x.shape(), y)));
  }

  private static double[] largest(MaxPool pool, double[] x, TensorType type, Shape y) {
    var result = new double[y.intSize()];
    for (int i = 0; i < result.length; i++) {
      result[i] = x[largestAt(pool, x, type.shape(), y, i)];
    }
    return result;
  }

  private static double[] firstAmongEquals(
      MaxPool pool, double[] x, double[] dy, Shape xs, Shape y) {
    var dx = new double[x.length];
    for (int i = 0; i < dy.length; i++) {
      dx[largestAt(pool, x, xs, y, i)] += dy[i];
    }
    return dx;
  }

  /// Flat index of the largest element of output i's window, the first among equals.
  private static int largestAt(MaxPool pool, double[] x, Shape xs, Shape y, int i) {
    int c = i % y.c();
    int ow = i / y.c() % y.w();
    int oh = i / y.c() / y.w() % y.h();
    int n = i / y.c() / y.w() / y.h();
    int best = -1;
    for (int a = 0; a < pool.kernelH(); a++) {
      for (int b = 0; b < pool.kernelW(); b++) {
        int h = oh * pool.strideH() - pool.padH() + a;
        int w = ow * pool.strideW() - pool.padW() + b;
        if (0 <= h && h < xs.h() && 0 <= w && w < xs.w()) {
          int at = ((n * xs.h() + h) * xs.w() + w) * xs.c() + c;
          best = best < 0 || x[at] > x[best] ? at : best;
        }
      }
    }
    return best;
  }
}
