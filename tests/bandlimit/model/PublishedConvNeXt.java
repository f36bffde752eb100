package bandlimit.model;

import bandlimit.graph.Node;
import bandlimit.graph.op.Add;
import bandlimit.graph.op.IdealResample;
import bandlimit.graph.op.Mul;
import bandlimit.graph.op.Polynomial;
import bandlimit.graph.op.Reshape;
import bandlimit.nn.AliasFreeNorm;
import bandlimit.nn.Conv;
import bandlimit.nn.GlobalAvgPool;
import bandlimit.nn.IdealDown;
import bandlimit.nn.Init;
import bandlimit.nn.Layer;
import bandlimit.nn.LayerNorm;
import bandlimit.nn.LayerScale;
import bandlimit.nn.Linear;
import bandlimit.nn.Nonlinearity;
import bandlimit.nn.PolynomialCoefficients;
import bandlimit.nn.Scope;
import bandlimit.signal.Boundary;
import bandlimit.signal.IdealResampler;
import bandlimit.tensor.Shape;
import java.util.List;

/// The alias-free ConvNeXt in the order of the published code (Michaeli et al. 2023), out of core
/// operations and under the paths of [ConvNeXt]: convolutions at every position before the
/// low-pass, the stem's filter on all channels, the 1x1 layers on a grid twice as fine, y = t p(s
/// x) with the scales applied to the map.
record PublishedConvNeXt(
    List<Integer> depths,
    List<Integer> widths,
    int patch,
    Nonlinearity.FilteredPolynomial activation)
    implements Layer {
  private static final Init START = new Init.Normal(0.02);

  @Override
  public Node build(Scope scope, Node x) {
    var y = stem(scope.in("stem.0"), x);
    y = new AliasFreeNorm().build(scope.in("stem.1"), y);
    for (int stage = 0; stage < depths.size(); stage++) {
      var at = scope.in("stages." + stage);
      if (stage > 0) {
        y = new AliasFreeNorm().build(at.in("downsample.0"), y);
        y = patches(widths.get(stage), 2).build(at.in("downsample.1"), y);
        y = new IdealDown(2).build(at.in("down"), y);
      }
      for (int i = 0; i < depths.get(stage); i++) {
        y = block(at.in("blocks." + i), y);
      }
    }
    var head = scope.in("head");
    y = new GlobalAvgPool().build(head, y);
    int c = y.shape().at(1);
    y = head.apply("map", new Reshape(Shape.of(1, 1, 1, c)), y);
    y = new LayerNorm(1e-6).build(head.in("norm"), y);
    y = head.apply("flat", new Reshape(Shape.of(1, c)), y);
    return new Linear(5, START).build(head.in("fc"), y);
  }

  private static Conv patches(int width, int kernel) {
    int before = (kernel - 1) / 2;
    return Conv.of(width, kernel, 1, 0)
        .withGeometry(Parts.window(1, before, kernel - 1 - before))
        .withBias()
        .withInit(START);
  }

  /// z + gain t (c0 + c1 s z + c2 s z L(s z)), then the low-pass and every patch-th sample.
  private Node stem(Scope scope, Node x) {
    var z = patches(widths.getFirst(), patch).build(scope, x);
    var act = scope.in("act");
    var in = act.parameter("in_scale", Shape.of(1), Init.constant(activation.inScale()), false);
    var out = act.parameter("out_scale", Shape.of(1), Init.constant(activation.outScale()), false);
    var gain = act.parameter("gain", Shape.of(1), Init.constant(1), false);
    var c = coefficients(act, widths.getFirst());
    var s = scope.apply("scaled", new Mul(), z, in);
    var low = resampled(scope, "low", s, cut(s.shape().h()), cut(s.shape().w()));
    var square = scope.apply("square", new Mul(), s, low);
    var bent = scope.apply("bent", new Mul(), square, column(act, c, 2));
    var tilted = scope.apply("tilted", new Mul(), s, column(act, c, 1));
    var curve = scope.apply("curve", new Add(), bent, tilted);
    curve = scope.apply("raised", new Add(), curve, column(act, c, 0));
    curve = scope.apply("out", new Mul(), curve, out);
    curve = scope.apply("gain", new Mul(), curve, gain);
    return new IdealDown(patch)
        .build(scope.in("down"), scope.apply("residual", new Add(), z, curve));
  }

  private int cut(int n) {
    return n - Math.ceilDiv(n, patch);
  }

  private static Node coefficients(Scope scope, int channels) {
    var start = new Init.Periodic(PolynomialCoefficients.gelu(2));
    return scope.parameter("coefficients", Shape.of(channels, 3), start, true);
  }

  private static Node column(Scope scope, Node c, int k) {
    var slice = scope.apply("column" + k, new bandlimit.graph.op.Slice(1, k, k + 1), c);
    return scope.apply("row" + k, new Reshape(Shape.of(c.shape().at(0))), slice);
  }

  private Node block(Scope scope, Node x) {
    int width = x.shape().c();
    var depthwise = Conv.of(width, 7, 1, 3).withBias().withInit(START);
    var geometry = depthwise.geometry().withGroups(width).withBoundary(Boundary.CIRCULAR);
    var y = depthwise.withGeometry(geometry).build(scope.in("conv_dw"), x);
    y = new AliasFreeNorm().build(scope.in("norm"), y);
    int h = y.shape().h();
    int w = y.shape().w();
    var up = new IdealResample(IdealResampler.up(h, 2), IdealResampler.up(w, 2));
    y = up.on(scope.graph(), scope.path() + "/up", y);
    y = pointwise(4 * width).build(scope.in("mlp.fc1"), y);
    y = activated(scope.in("mlp.act"), y);
    y = pointwise(width).build(scope.in("mlp.fc2"), y);
    // to the band of the map, which drops the Nyquist frequency of an even one
    var down = new IdealResample(half(h), half(w));
    y = down.on(scope.graph(), scope.path() + "/down", y);
    y = new LayerScale(1).build(scope, y);
    return scope.apply("add", new Add(), x, y);
  }

  private static IdealResampler half(int n) {
    return IdealResampler.resize(2 * n, n);
  }

  private static Conv pointwise(int out) {
    return Conv.of(out, 1, 1, 0).withBias().withInit(START);
  }

  private Node activated(Scope scope, Node x) {
    var in = scope.parameter("in_scale", Shape.of(1), Init.constant(activation.inScale()), false);
    var out =
        scope.parameter("out_scale", Shape.of(1), Init.constant(activation.outScale()), false);
    var scaled = scope.apply("scaled", new Mul(), x, in);
    var y =
        scope.apply("polynomial", new Polynomial(2), scaled, coefficients(scope, x.shape().c()));
    return scope.apply("out", new Mul(), y, out);
  }

  /// What grids of `h` by `w` samples hold of x.
  private static Node resampled(Scope scope, String name, Node x, int h, int w) {
    var op =
        new IdealResample(
            IdealResampler.lowpass(x.shape().h(), h), IdealResampler.lowpass(x.shape().w(), w));
    return op.on(scope.graph(), scope.path() + "/" + name, x);
  }
}
