package bandlimit.golden;

import bandlimit.graph.Node;
import bandlimit.graph.op.Constant;
import bandlimit.graph.op.ConvGeometry;
import bandlimit.graph.op.Fn;
import bandlimit.graph.op.IdealResample;
import bandlimit.graph.op.LogSoftmax;
import bandlimit.graph.op.MatMul;
import bandlimit.graph.op.Mul;
import bandlimit.graph.op.Op;
import bandlimit.graph.op.Pad;
import bandlimit.graph.op.Resample;
import bandlimit.graph.op.Reshape;
import bandlimit.graph.op.Softmax;
import bandlimit.nn.Activation;
import bandlimit.nn.AliasFreeNorm;
import bandlimit.nn.BatchNorm;
import bandlimit.nn.BlurPool;
import bandlimit.nn.Conv;
import bandlimit.nn.FilteredPolynomial;
import bandlimit.nn.FilteredPolynomial.Oversample;
import bandlimit.nn.GlobalAvgPool;
import bandlimit.nn.GroupNorm;
import bandlimit.nn.Init;
import bandlimit.nn.Layer;
import bandlimit.nn.LayerNorm;
import bandlimit.nn.Linear;
import bandlimit.nn.MaxPool;
import bandlimit.nn.Padding;
import bandlimit.nn.PolynomialActivation;
import bandlimit.nn.Scope;
import bandlimit.signal.Boundary;
import bandlimit.signal.Filter;
import bandlimit.signal.IdealResampler;
import bandlimit.signal.Resampler;
import bandlimit.tensor.Shape;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Set;
import java.util.function.IntFunction;

/// From the options of a case, or of a net's layer, to the layer that users build networks of; in
/// core ops where there is no such layer.
final class GoldenLayers {
  /// What comes with a later release.
  static final Set<String> NOT_YET = Set.of();

  private GoldenLayers() {}

  /// Whether the four axes of x are NCHW, so that they must be turned.
  static boolean isSpatial(String op) {
    return !Set.of("layer_norm_last", "linear", "softmax", "log_softmax").contains(op);
  }

  /// `weight` and `bias` say what libtorch's layer has; a shape of no axes is no weight.
  static Layer of(GoldenOptions options, Shape weight, boolean bias) {
    return switch (options.op()) {
      case "conv2d" -> conv(options, weight, bias);
      case "lowpass" -> lowpass(options, options.integer("stride", 1));
      case "maxblur" -> {
        var max = new MaxPool(options.integer("max_kernel"), 1, options.integer("max_pad", 0));
        var blur = lowpass(options, options.integer("stride", 1));
        yield (scope, x) -> blur.build(scope, max.build(scope.in("max"), x));
      }
      case "maxpool" ->
          new MaxPool(
              options.integer("kernel"),
              options.integer("stride", options.integer("kernel")),
              options.integer("pad", 0));
      case "avgpool" -> averagePool(options);
      case "global_avgpool" -> new GlobalAvgPool();
      case "polynomial" -> polynomial(options, weight);
      case "ideal_up" -> {
        int factor = options.integer("factor");
        yield ideal(n -> IdealResampler.up(n, factor));
      }
      case "ideal_down" -> ideal(n -> IdealResampler.down(n, options.integer("factor", 2)));
      case "ideal_lowpass" -> ideal(n -> IdealResampler.lowpass(n, Math.ceilDiv(n, 2)));
      case "filtered_polynomial" ->
          new FilteredPolynomial(
              Collections.nCopies(options.integer("degree", 2) + 1, 0.0), Oversample.TWICE);
      case "alias_free_norm" -> new AliasFreeNorm(options.number("eps"));
      case "relu" -> new Activation(Fn.RELU);
      case "gelu_erf" -> new Activation(Fn.GELU);
      case "gelu_tanh" -> new Activation(Fn.GELU_TANH);
      case "silu" -> new Activation(Fn.SILU);
      case "batch_norm" -> new BatchNorm(options.number("momentum"), options.number("eps"));
      case "layer_norm_channels" -> new LayerNorm(options.number("eps"));
      case "layer_norm_last" -> lastAxis(new LayerNorm(options.number("eps")));
      case "layer_norm_chw" -> new GroupNorm(1, options.number("eps"));
      case "group_norm" -> new GroupNorm(options.integer("groups"), options.number("eps"));
      case "linear" -> bias ? new Linear(weight.at(0)) : (scope, x) -> product(scope, x, weight);
      case "softmax" -> plain(new Softmax());
      case "log_softmax" -> plain(new LogSoftmax());
      default -> throw options.unknown("op", options.op());
    };
  }

  private static Layer plain(Op op) {
    return (scope, x) -> scope.apply(op, x);
  }

  private static Layer ideal(IntFunction<IdealResampler> axis) {
    return (scope, x) ->
        new IdealResample(axis.apply(x.shape().h()), axis.apply(x.shape().w()))
            .on(scope.graph(), scope.path(), x);
  }

  /// The recorded result alone says to which size.
  static Layer resize(Shape y) {
    return (scope, x) ->
        new IdealResample(
                IdealResampler.resize(x.shape().h(), y.h()),
                IdealResampler.resize(x.shape().w(), y.w()))
            .on(scope.graph(), scope.path(), x);
  }

  private static Layer conv(GoldenOptions options, Shape weight, boolean bias) {
    if (weight.at(1) != options.integer("kernel") || weight.at(2) != options.integer("kernel")) {
      throw options.unknown("kernel", weight);
    }
    int pad = options.integer("pad", 0);
    var mode = options.boundary();
    boolean apart = mode == Boundary.REFLECT || mode == Boundary.REPLICATE;
    var geometry =
        ConvGeometry.of(options.integer("stride", 1), apart ? 0 : pad)
            .withDilation(options.integer("dilation", 1))
            .withGroups(options.integer("groups", 1))
            .withBoundary(apart ? Boundary.ZERO : mode);
    var conv = new Conv(weight.at(0), weight.at(1), weight.at(2), geometry, bias, Init.ZEROS);
    var padding = new Padding(mode, pad, pad, pad, pad);
    return apart ? (scope, x) -> conv.build(scope, padding.build(scope.in("pad"), x)) : conv;
  }

  /// The layer, except on an axis of one sample: there the layer is the identity by design, and
  /// libtorch filters what was padded.
  private static Layer lowpass(GoldenOptions options, int stride) {
    var filter = Filter.binomial(options.integer("taps"));
    int before = options.integer("pad_lo", filter.padBefore());
    int after = options.integer("pad_hi", filter.padAfter());
    var mode = options.boundary();
    boolean published = before == filter.padBefore() && after == filter.padAfter();
    var layer = new BlurPool(filter, stride, mode);
    var axis = Resampler.decimate(filter.taps(), stride);
    var pad = new Pad(mode, before, after, before, after);
    return (scope, x) ->
        published && x.shape().h() > 1 && x.shape().w() > 1
            ? layer.build(scope, x)
            : scope.apply(new Resample(axis, axis), scope.apply("pad", pad, x));
  }

  /// A box filter; where the padding does not count, its border is corrected by a constant map.
  private static Layer averagePool(GoldenOptions options) {
    int k = options.integer("kernel");
    int stride = options.integer("stride", k);
    int pad = options.integer("pad", 0);
    var axis = new Resampler(Collections.nCopies(k, 1.0 / k), 1, stride, pad, pad);
    boolean countPad = options.flag("count_include_pad", true);
    return (scope, x) -> {
      var mean = scope.apply(new Resample(axis, axis), x);
      if (countPad) {
        return mean;
      }
      var shape = Shape.of(1, mean.shape().h(), mean.shape().w(), 1);
      var factors = new ArrayList<Double>();
      for (int i = 0; i < shape.h(); i++) {
        for (int j = 0; j < shape.w(); j++) {
          double inside =
              inside(i * stride - pad, k, x.shape().h())
                  * inside(j * stride - pad, k, x.shape().w());
          factors.add(k * k / inside);
        }
      }
      var factor = scope.apply("factor", new Constant(mean.type().withShape(shape), factors));
      return scope.apply("counted", new Mul(), mean, factor);
    };
  }

  /// How many of the window's k positions lie on the map.
  private static double inside(int from, int k, int n) {
    return Math.min(from + k, n) - Math.max(from, 0);
  }

  private static Layer polynomial(GoldenOptions options, Shape coefficients) {
    int degree = options.integer("degree");
    return (scope, x) -> {
      boolean shared = coefficients.at(0) == 1 && x.shape().at(-1) != 1;
      return new PolynomialActivation(Collections.nCopies(degree + 1, 0.0), shared).build(scope, x);
    };
  }

  private static Layer lastAxis(Layer layer) {
    return (scope, x) -> {
      int last = x.shape().at(-1);
      var rows = Shape.of(Math.toIntExact(x.shape().size() / last), 1, 1, last);
      var y = layer.build(scope, scope.apply("rows", new Reshape(rows), x));
      return scope.apply("unrows", new Reshape(x.shape()), y);
    };
  }

  private static Node product(Scope scope, Node x, Shape weight) {
    var w = scope.parameter("weight", weight, Init.ZEROS, true);
    return scope.apply(new MatMul(false, true), x, w);
  }
}
