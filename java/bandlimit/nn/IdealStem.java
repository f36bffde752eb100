package bandlimit.nn;

import bandlimit.graph.Node;
import bandlimit.graph.op.Add;
import bandlimit.graph.op.IdealResample;
import bandlimit.graph.op.Mul;
import bandlimit.graph.op.Reshape;
import bandlimit.graph.op.Slice;
import bandlimit.signal.IdealResampler;
import bandlimit.tensor.Shape;

/// The stem of alias-free networks: y = down(z + gain act(z)), z = conv(x), with `act(z) = a0 + a1
/// z + a2 z L(z)` and L an ideal low-pass (Michaeli et al. 2023; models/activation.py,
/// `lpf_poly_per_channel`). `gain` (1) is trained.
///
/// No finer grid is needed: z holds |f| <= n/2, L(z) less than (n - m)/2 for a result of m samples,
/// so their product folds onto frequencies that `down` throws away. At stride 4 L keeps 3/4 of the
/// band, the published cut-off, at stride 2 half.
///
/// All but the product is linear and commutes with the low-pass, so by default L filters the few
/// planes of the image in place of those of z, and the linear part is a convolution with the
/// stride: the same function.
///
/// @param conv of stride 1, with circular padding and a bias or none
/// @param coefficients a, of degree 2
/// @param gain before training; published as 0
public record IdealStem(Conv conv, int stride, PolynomialCoefficients coefficients, double gain)
    implements Layer {
  private static final int DEGREE = 2;

  public IdealStem {
    if (coefficients.degree() != DEGREE) {
      throw new IllegalArgumentException(
          "the stem's activation is a polynomial of degree 2, not %d: what a higher one folds over is not thrown away"
              .formatted(coefficients.degree()));
    }
    if (stride < 2) {
      throw new IllegalArgumentException(
          "the stem's activation needs a stride of 2 or more, got " + stride);
    }
  }

  @Override
  public Node build(Scope scope, Node x) {
    int h = x.shape().h();
    int w = x.shape().w();
    var shares = new Node[DEGREE + 1];
    var a = coefficients.declare(scope.in("act"), conv.out());
    var factor = scope.in("act").parameter("gain", Shape.of(1), Init.constant(gain), false);
    for (int k = 0; k <= DEGREE; k++) {
      var column = scope.apply("a" + k, new Slice(1, k, k + 1), a);
      var row = scope.apply("c" + k, new Reshape(Shape.of(conv.out())), column);
      shares[k] = scope.apply("share" + k, new Mul(), row, factor);
    }
    boolean moved = IdealConv.movable(h, w, stride);
    var weights = conv.declare(scope, x.shape().c());
    var z = weights.apply("map", conv.geometry(), x);
    var low =
        moved
            ? weights.apply(
                "low", conv.geometry(), IdealConv.lowpass(scope, "band", x, cut(h), cut(w)))
            : IdealConv.lowpass(scope, "band", z, cut(h), cut(w));
    var square = down(scope, "down.square", scope.apply("square", new Mul(), z, low));
    var line = moved ? strided(scope, weights, x, h, w) : down(scope, "down.line", z);
    // share0 + line (1 + share1) + square share2
    var bent = scope.apply("bent", new Mul(), square, scope.like(x, shares[2]));
    var tilted = scope.apply("tilted", new Mul(), line, scope.like(x, shares[1]));
    var sum = scope.apply("sum", new Add(), line, scope.apply("curve", new Add(), bent, tilted));
    return scope.apply(new Add(), sum, scope.like(x, shares[0]));
  }

  /// Samples whose band the low-pass keeps, of n.
  private int cut(int n) {
    return Math.max(1, n - Math.ceilDiv(n, stride));
  }

  private Node strided(Scope scope, Conv.Weights weights, Node x, int h, int w) {
    scope.note(
        "the filters work on the image's %d planes in place of %d, the linear part at stride %d: the same function"
            .formatted(x.shape().c(), conv.out(), stride));
    var band = IdealConv.lowpass(scope, "band.line", x, h / stride, w / stride);
    return weights.apply("line", IdealConv.strided(conv, stride), band);
  }

  private Node down(Scope scope, String name, Node x) {
    var op = new IdealResample(axis(x.shape().h()), axis(x.shape().w()));
    return op.on(scope.graph(), scope.path() + "/" + name, x);
  }

  private IdealResampler axis(int n) {
    return n % stride == 0
        ? IdealResampler.down(n, stride)
        : IdealResampler.resize(n, Math.ceilDiv(n, stride));
  }
}
