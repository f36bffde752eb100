package bandlimit.nn;

import bandlimit.error.ShapeException;
import bandlimit.graph.Node;
import bandlimit.graph.op.ConvGeometry;
import bandlimit.graph.op.IdealResample;
import bandlimit.signal.IdealResampler;

/// A convolution at every position, then [IdealDown]: how alias-free networks halve their maps
/// (Michaeli et al. 2023; the AFC row of the table in models/conv_layers.py).
///
/// A convolution and a low-pass commute, and what the stride throws away need not be computed: so
/// it is the low-pass, then the convolution with the stride. The published order's function for a
/// stride-squared-th of the products, and fewer planes to filter where the convolution widens.
/// Where the stride does not divide the map, it is the published order.
///
/// @param conv of stride 1, with circular padding
public record IdealConv(Conv conv, int stride) implements Layer {
  public IdealConv {
    if (conv.geometry().strideH() != 1 || conv.geometry().strideW() != 1) {
      throw new IllegalArgumentException(
          "the low-pass takes the stride: the convolution has stride 1, not "
              + conv.geometry().strideH());
    }
  }

  @Override
  public Node build(Scope scope, Node x) {
    int h = x.shape().h();
    int w = x.shape().w();
    if (!movable(h, w, stride)) {
      return new IdealDown(stride).build(scope.in("down"), conv.build(scope, x));
    }
    scope.note(
        "computed after the low-pass, at stride %d: the same function, %d times fewer products"
            .formatted(stride, stride * stride));
    var band = lowpass(scope, "band", x, h / stride, w / stride);
    return conv.withGeometry(strided(conv, stride)).build(scope, band);
  }

  /// Whether every stride-th position of the convolution is one of the result's.
  static boolean movable(int h, int w, int stride) {
    return h % stride == 0 && w % stride == 0;
  }

  /// What grids of `h` by `w` samples hold of x.
  static Node lowpass(Scope scope, String name, Node x, int h, int w) {
    var shape = x.shape();
    if (h < 1 || w < 1) {
      throw new ShapeException(
          "%s: a map of %s has no band of %dx%d; use larger images"
              .formatted(scope.path(), shape, h, w));
    }
    var op =
        new IdealResample(
            IdealResampler.lowpass(shape.h(), h), IdealResampler.lowpass(shape.w(), w));
    return op.on(scope.graph(), scope.path() + "/" + name, x);
  }

  /// The geometry of `conv` at every stride-th position; padding that no window reaches is left
  /// out.
  static ConvGeometry strided(Conv conv, int stride) {
    var g = conv.geometry();
    return new ConvGeometry(
        stride,
        stride,
        g.dilationH(),
        g.dilationW(),
        g.top(),
        after(conv.kernelH(), g.dilationH(), g.top(), g.bottom(), stride),
        g.left(),
        after(conv.kernelW(), g.dilationW(), g.left(), g.right(), stride),
        g.groups(),
        g.boundary());
  }

  /// The last window starts `stride` samples before the end.
  private static int after(int kernel, int dilation, int before, int after, int stride) {
    return Math.min(after, Math.max(0, dilation * (kernel - 1) + 1 - stride - before));
  }
}
