package bandlimit.bench;

import bandlimit.graph.Node;
import bandlimit.graph.op.Add;
import bandlimit.graph.op.ConvGeometry;
import bandlimit.graph.op.Fn;
import bandlimit.graph.op.Mul;
import bandlimit.model.Models;
import bandlimit.nn.Activation;
import bandlimit.nn.AliasFreeNorm;
import bandlimit.nn.Conv;
import bandlimit.nn.FilteredPolynomial;
import bandlimit.nn.FilteredPolynomial.Oversample;
import bandlimit.nn.GlobalAvgPool;
import bandlimit.nn.Init;
import bandlimit.nn.Layer;
import bandlimit.nn.LayerNorm;
import bandlimit.nn.Linear;
import bandlimit.nn.Scope;
import bandlimit.signal.Boundary;
import bandlimit.tensor.Shape;
import java.util.List;

/// The blocks of a ConvNeXt-Tiny's first stage with a classifier behind them: what `tests/bench`
/// times beside libtorch as a model of its own, so that the activation and the norm of alias-free
/// networks are measured where they are used.
///
/// Circular depthwise 7x7, norm, 1x1 to four times the channels, activation, 1x1 back, layer scale,
/// and the sum with what came in.
///
/// @param activation of the wide map
/// @param norm of the narrow one
record Stage1(Layer activation, Layer norm, int classes) implements Layer {
  private static final int BLOCKS = 3;
  private static final int WIDER = 4;
  private static final int KERNEL = 7;
  private static final double LAYER_SCALE = 0.1;
  private static final double EPSILON = 1e-6;
  private static final List<Double> QUADRATIC = List.of(0.0, 0.5, 0.25);
  private static final Shape INPUT = Shape.of(56, 56, 96);
  private static final int CLASSES = 1000;

  /// Makes `afc_stage1`, `afc_stage1_twice` (on the grid of the published networks) and
  /// `gelu_stage1` known as models.
  static void register() {
    register("gelu_stage1", new Activation(Fn.GELU), new LayerNorm(EPSILON));
    register(
        "afc_stage1",
        new FilteredPolynomial(QUADRATIC, Oversample.MINIMAL),
        new AliasFreeNorm(EPSILON));
    register(
        "afc_stage1_twice",
        new FilteredPolynomial(QUADRATIC, Oversample.TWICE),
        new AliasFreeNorm(EPSILON));
  }

  private static void register(String name, Layer activation, Layer norm) {
    if (!Models.names().contains(name)) {
      Models.register(
          new Models.Entry(
              name,
              "blocks of a ConvNeXt's first stage",
              INPUT,
              CLASSES,
              spec -> new Stage1(activation, norm, spec.numClasses())));
    }
  }

  @Override
  public Node build(Scope scope, Node x) {
    var y = x;
    for (int i = 0; i < BLOCKS; i++) {
      y = block(scope.in("blocks." + i), y);
    }
    y = new GlobalAvgPool().build(scope.in("avgpool"), y);
    return new Linear(classes).build(scope.in("fc"), y);
  }

  private Node block(Scope scope, Node x) {
    int channels = x.shape().c();
    var circular =
        ConvGeometry.of(1, KERNEL / 2).withGroups(channels).withBoundary(Boundary.CIRCULAR);
    var conv = Conv.of(channels, KERNEL, 1, KERNEL / 2).withGeometry(circular).withBias();
    var y = norm.build(scope.in("norm"), conv.build(scope.in("dwconv"), x));
    y = Conv.of(WIDER * channels, 1, 1, 0).withBias().build(scope.in("pwconv1"), y);
    y = activation.build(scope.in("act"), y);
    y = Conv.of(channels, 1, 1, 0).withBias().build(scope.in("pwconv2"), y);
    var init = Init.constant(LAYER_SCALE);
    var factors = scope.parameter("layer_scale", Shape.of(channels), init, false);
    return scope.apply(new Add(), scope.apply("scaled", new Mul(), y, factors), x);
  }
}
