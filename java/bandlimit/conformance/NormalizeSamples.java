package bandlimit.conformance;

import bandlimit.graph.op.ChannelGradSums;
import bandlimit.graph.op.Moments;
import bandlimit.graph.op.Normalize;
import bandlimit.graph.op.NormalizeGrad;
import bandlimit.graph.op.NormalizeRelu;
import bandlimit.graph.op.NormalizeReluBackward;
import bandlimit.graph.op.NormalizeReluResample;
import bandlimit.graph.op.Over;
import bandlimit.graph.op.Pad;
import bandlimit.graph.op.PaddedResample;
import bandlimit.graph.op.Resample;
import bandlimit.graph.op.Slice;
import bandlimit.signal.Boundary;
import bandlimit.signal.Filter;
import bandlimit.signal.Resampler;
import bandlimit.tensor.DType;
import bandlimit.tensor.Shape;
import bandlimit.tensor.TensorType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Batch, layer and group norm: moments, application and gradients, live and with fixed statistics.
final class NormalizeSamples {
  private NormalizeSamples() {}

  private static final double EPSILON = 1e-3;
  private static final List<Sample> ROWS = new ArrayList<>();

  static {
    norm(Over.BATCH, 2, 3, 3, 8);
    norm(Over.BATCH, 1, 7, 2, 33);
    norm(Over.BATCH, 3, 31, 7, 9);
    norm(Over.BATCH, 2, 1, 1, 1);
    norm(Over.BATCH, 4, 16, 16, 16);
    norm(Over.BATCH, 1, 56, 33, 3);
    norm(Over.CHANNELS, 2, 3, 5, 8);
    norm(Over.CHANNELS, 1, 1, 1, 31);
    norm(Over.CHANNELS, 3, 7, 2, 33);
    norm(Over.CHANNELS, 1, 9, 8, 2);
    norm(Over.groups(1), 2, 5, 4, 7);
    norm(Over.groups(3), 2, 7, 5, 9);
    norm(Over.groups(8), 1, 2, 3, 8);
    norm(Over.groups(2), 3, 8, 8, 16);
    for (int taps = 2; taps <= 7; taps++) {
      for (Boundary mode : Boundary.values()) {
        blurred(mode, taps, taps % 2 == 0, Shape.of(2, 7, 6 + taps, 8));
      }
      blurred(Boundary.REFLECT, taps, false, Shape.of(1, 33, 7, taps % 2 == 0 ? 16 : 9));
    }
    // one element a set: the variance is 0 and the result beta
    ROWS.add(live(Over.BATCH, Shape.of(1, 1, 1, 5)).note("one element a set").cancelling(32));
    ROWS.add(live(Over.groups(4), Shape.of(2, 1, 1, 4)).note("one element a set").cancelling(32));
    // a mean far larger than the deviation: sums of squares would cancel
    for (Over over : List.of(Over.BATCH, Over.CHANNELS, Over.groups(2))) {
      var x = TensorType.f32(2, 7, 9, 8);
      ROWS.add(
          Sample.of(new Moments(over))
              .in(x, Values.between(999, 1001))
              .note("variance below a large mean")
              .through(
                  (graph, in) ->
                      graph.apply(
                          "variance",
                          new Slice(0, 1, 2),
                          graph.apply("y", new Moments(over), in.getFirst())))
              .formula(in -> variances(moments(in.getFirst(), over, x.shape()))));
    }
  }

  static List<Sample> rows() {
    return ROWS;
  }

  private static void norm(Over over, int n, int h, int w, int c) {
    var x = TensorType.f32(n, h, w, c);
    var statistics = x.withShape(Shape.of(2, over.sets(x.shape())));
    ROWS.add(
        Sample.of(new Moments(over))
            .in(x, Values.normal())
            .formula(in -> moments(in.getFirst(), over, x.shape())));
    ROWS.add(live(over, x.shape()));
    ROWS.add(
        Sample.of(new Normalize(over, EPSILON, false))
            .in(x, Values.normal())
            .in(statistics, Values.statistics())
            .in(c)
            .in(c)
            .fixed(1)
            .formula(in -> normalize(in, over, x.shape())));
    ROWS.add(
        Sample.of(new ChannelGradSums(over, EPSILON))
            .in(x, Values.normal())
            .in(statistics, Values.statistics())
            .in(x, Values.normal()));
    for (boolean live : new boolean[] {true, false}) {
      ROWS.add(gradient(new NormalizeGrad(over, EPSILON, live), x, statistics));
      var plain = new Normalize(over, EPSILON, live);
      ROWS.add(fused(new NormalizeRelu(plain, false), x, statistics));
      ROWS.add(fused(new NormalizeRelu(plain, true), x, statistics).in(x, Values.normal()));
      if (over.equals(Over.BATCH)) {
        backward(plain, x, statistics);
      }
    }
  }

  /// The activation and the blur that takes the stride; `live` or with fixed statistics.
  private static void blurred(Boundary mode, int taps, boolean live, Shape shape) {
    var filter = Filter.binomial(taps);
    int before = filter.padBefore();
    int after = filter.padAfter();
    var axis = Resampler.decimate(filter.taps(), 2);
    var blur =
        new PaddedResample(new Pad(mode, before, after, before, after), new Resample(axis, axis));
    var x = new TensorType(DType.F32, shape);
    ROWS.add(
        Sample.of(new NormalizeReluResample(new Normalize(Over.BATCH, EPSILON, live), blur))
            .in(x, Values.normal())
            .in(x.withShape(Shape.of(2, shape.c())), Values.statistics())
            .in(shape.c())
            .in(shape.c()));
  }

  /// `sums` is what `ChannelGradSums` makes of the same x and dy; a machine may use it or not.
  private static Sample gradient(NormalizeGrad op, TensorType x, TensorType statistics) {
    return Sample.of(op)
        .in(x, Values.normal())
        .in(statistics, Values.statistics())
        .in(x.shape().c())
        .in(x, Values.normal())
        .through(
            (graph, in) -> {
              var of = new ChannelGradSums(op.over(), op.epsilon());
              var sums = graph.apply("sums", of, in.get(0), in.get(1), in.get(3));
              return graph.apply("y", op, in.get(0), in.get(1), in.get(2), sums, in.get(3));
            });
  }

  /// Both results, with statistics that need not be those of x.
  private static void backward(Normalize plain, TensorType x, TensorType statistics) {
    for (int part = 0; part < 2; part++) {
      var op = new NormalizeReluBackward(plain);
      int c = x.shape().c();
      var row =
          Sample.of(op)
              .in(x, Values.normal())
              .in(statistics, Values.statistics())
              .in(c)
              .in(c)
              .in(x, Values.normal());
      ROWS.add(part == 0 ? row : row.part(part));
    }
  }

  private static Sample fused(NormalizeRelu op, TensorType x, TensorType statistics) {
    int c = x.shape().c();
    return Sample.of(op).in(x, Values.normal()).in(statistics, Values.statistics()).in(c).in(c);
  }

  /// With the moments of its own input, through which the gradient flows.
  private static Sample live(Over over, Shape x) {
    var op = new Normalize(over, EPSILON, true);
    return Sample.of(op)
        .in(x.dims().toArray(Integer[]::new))
        .in(x.c())
        .in(x.c())
        .through(
            (graph, in) -> {
              var moments = graph.apply("moments", new Moments(over), in.get(0));
              return graph.apply("y", op, in.get(0), moments, in.get(1), in.get(2));
            });
  }

  private static int set(Over over, Shape x, int i) {
    int c = i % x.c();
    return switch (over.kind()) {
      case BATCH -> c;
      case CHANNELS -> i / x.c();
      case GROUPS -> i / (x.h() * x.w() * x.c()) * over.groups() + c / (x.c() / over.groups());
    };
  }

  private static double[] moments(double[] x, Over over, Shape shape) {
    int sets = over.sets(shape);
    var result = new double[2 * sets];
    double count = over.count(shape);
    for (int i = 0; i < x.length; i++) {
      result[set(over, shape, i)] += x[i] / count;
    }
    for (int i = 0; i < x.length; i++) {
      double d = x[i] - result[set(over, shape, i)];
      result[sets + set(over, shape, i)] += d * d / count;
    }
    return result;
  }

  private static double[] variances(double[] moments) {
    return Arrays.copyOfRange(moments, moments.length / 2, moments.length);
  }

  private static double[] normalize(List<double[]> in, Over over, Shape shape) {
    var y = new double[shape.intSize()];
    int sets = over.sets(shape);
    for (int i = 0; i < y.length; i++) {
      int set = set(over, shape, i);
      int c = i % shape.c();
      double d = in.get(0)[i] - in.get(1)[set];
      y[i] = in.get(2)[c] * d / Math.sqrt(in.get(1)[sets + set] + EPSILON) + in.get(3)[c];
    }
    return y;
  }
}
