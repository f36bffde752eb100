package bandlimit.model;

import bandlimit.graph.Node;
import bandlimit.graph.op.Add;
import bandlimit.graph.op.Reshape;
import bandlimit.nn.Antialias.Where;
import bandlimit.nn.Conv;
import bandlimit.nn.DropPath;
import bandlimit.nn.Dropout;
import bandlimit.nn.GlobalAvgPool;
import bandlimit.nn.IdealConv;
import bandlimit.nn.IdealStem;
import bandlimit.nn.Init;
import bandlimit.nn.Layer;
import bandlimit.nn.LayerNorm;
import bandlimit.nn.LayerScale;
import bandlimit.nn.Linear;
import bandlimit.nn.Nonlinearity;
import bandlimit.nn.Norm;
import bandlimit.nn.PolynomialCoefficients;
import bandlimit.nn.Scope;
import bandlimit.tensor.Shape;
import java.util.List;

/// ConvNeXt (Liu et al. 2022), names and start as in timm: a stem of patches, stages of blocks of a
/// depthwise 7x7, a norm and two 1x1 with an activation between, a strided convolution before each
/// stage but the first.
///
/// With `antialias: ideal`, `activation: filtered_polynomial`, `norm: alias_free` it is the
/// alias-free ConvNeXt (Michaeli et al. 2023), as published but for what is computed where: the 1x1
/// layers stay on the map's own grid, as they commute with resampling.
///
/// @param depths blocks of each stage
/// @param widths channels of each stage
/// @param patch stride of the stem; its kernel is as wide
record ConvNeXt(ModelSpec spec, List<Integer> depths, List<Integer> widths, int patch)
    implements Layer {
  private static final Init START =
      new Init.Normal(0.02); // truncated at 100 deviations: not at all
  private static final int EXPANSION = 4;
  private static final int KERNEL = 7;
  private static final double EPSILON = 1e-6;
  private static final double LAYER_SCALE = 1e-6;

  @Override
  public Node build(Scope scope, Node x) {
    var parts = Parts.of(spec, Nonlinearity.GELU, Norm.LAYER);
    var y = stem(scope, parts, x);
    int total = depths.stream().mapToInt(i -> i).sum();
    int index = 0;
    for (int stage = 0; stage < depths.size(); stage++) {
      var at = scope.in("stages." + stage);
      if (stage > 0) {
        y = downsample(at.in("downsample"), parts, y, widths.get(stage));
      }
      for (int i = 0; i < depths.get(stage); i++) {
        double drop = spec.dropPath() * index++ / Math.max(1, total - 1);
        y = block(at.in("blocks." + i), parts, y, drop);
      }
    }
    return head(scope.in("head"), y);
  }

  private Node stem(Scope scope, Parts parts, Node x) {
    var at = scope.in("stem.0");
    var y =
        parts.everyShift() && parts.activation() instanceof Nonlinearity.FilteredPolynomial chosen
            ? new IdealStem(full(parts, widths.getFirst(), patch), patch, numbers(chosen), gain())
                .build(at, x)
            : strided(at, parts, x, widths.getFirst(), patch, Where.STEM);
    return parts.norm(scope.in("stem.1"), y);
  }

  private Node downsample(Scope scope, Parts parts, Node x, int width) {
    return strided(scope.in("1"), parts, parts.norm(scope.in("0"), x), width, 2, Where.CONV);
  }

  /// The patches that a strided convolution cuts, or every patch and what the network does against
  /// aliasing.
  private Node strided(Scope scope, Parts parts, Node x, int width, int stride, Where place) {
    if (parts.everyShift()) {
      return new IdealConv(full(parts, width, stride), stride).build(scope, x);
    }
    var choice = Strided.of(scope, parts.antialias(), place, stride);
    if (choice.stride() == 1) {
      var y = parts.conv(scope, full(parts, width, stride), x);
      return choice.sample(scope.in("blur"), y).y();
    }
    return conv(width, stride).withGeometry(Parts.window(stride, 0, 0)).build(scope, x);
  }

  /// At every position: the window of position i is what the patch at i holds, for the stem of 4
  /// from i - 1 on, as published.
  private static Conv full(Parts parts, int width, int kernel) {
    int before = (kernel - 1) / 2;
    var window = Parts.window(1, before, kernel - 1 - before);
    return conv(width, kernel).withGeometry(window.withBoundary(parts.boundary()));
  }

  private static Conv conv(int width, int kernel) {
    return Conv.of(width, kernel, 1, 0).withBias().withInit(START);
  }

  private Node block(Scope scope, Parts parts, Node x, double drop) {
    int width = x.shape().c();
    var depthwise = Conv.of(width, KERNEL, 1, KERNEL / 2).withBias().withInit(START);
    var y =
        parts.conv(
            scope.in("conv_dw"), depthwise.withGeometry(depthwise.geometry().withGroups(width)), x);
    y = parts.norm(scope.in("norm"), y);
    y = conv(EXPANSION * width, 1).build(scope.in("mlp.fc1"), y);
    y = parts.activate(scope.in("mlp.act"), y);
    y = conv(width, 1).build(scope.in("mlp.fc2"), y);
    y = new LayerScale(spec.layerScale().orElse(LAYER_SCALE)).build(scope, y);
    y = new DropPath(drop).build(scope.in("drop_path"), y);
    return scope.in("add").apply(new Add(), x, y);
  }

  private Node head(Scope scope, Node x) {
    var y = new GlobalAvgPool().build(scope.in("pool"), x);
    var map = Shape.of(y.shape().at(0), 1, 1, y.shape().at(1));
    var norm = scope.in("norm");
    y = new LayerNorm(EPSILON).build(norm, norm.apply("map", new Reshape(map), y));
    y = norm.apply("flat", new Reshape(Shape.of(map.at(0), map.at(3))), y);
    y = new Dropout(spec.dropoutOr(0)).build(scope.in("dropout"), y);
    return new Linear(spec.numClasses(), START).build(scope.in("fc"), y);
  }

  /// The published stem has an activation of its own, of degree 2 and the same scales.
  private static PolynomialCoefficients numbers(Nonlinearity.FilteredPolynomial chosen) {
    return new PolynomialCoefficients(
        PolynomialCoefficients.gelu(2),
        chosen.inScale(),
        chosen.outScale(),
        chosen.trainScales(),
        chosen.decay());
  }

  /// Where the layer scales start at another value than the published one, so does the stem's gain,
  /// published as 0.
  private double gain() {
    return spec.layerScale().orElse(0.0);
  }
}
