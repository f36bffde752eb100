package bandlimit.nn;

import bandlimit.error.ShapeException;
import bandlimit.graph.Node;
import bandlimit.graph.op.Add;
import bandlimit.graph.op.Conv2d;
import bandlimit.graph.op.ConvGeometry;
import bandlimit.tensor.Shape;

/// Convolution to `out` channels: `weight` (out, kh, kw, in/groups) and, if `bias`, `bias` (out).
///
/// The geometry's boundary is zero or circular; for reflect or replicate put a [Padding] before it.
public record Conv(
    int out, int kernelH, int kernelW, ConvGeometry geometry, boolean bias, Init init)
    implements Layer {

  /// A square kernel with zero padding, no bias, and the start of the ResNet family (He normal, fan
  /// out).
  public static Conv of(int out, int kernel, int stride, int pad) {
    var geometry = ConvGeometry.of(stride, pad);
    return new Conv(out, kernel, kernel, geometry, false, new Init.KaimingNormal(Init.Fan.OUT));
  }

  /// Bias starts at 0.
  public Conv withBias() {
    return new Conv(out, kernelH, kernelW, geometry, true, init);
  }

  public Conv withGeometry(ConvGeometry changed) {
    return new Conv(out, kernelH, kernelW, changed, bias, init);
  }

  public Conv withInit(Init changed) {
    return new Conv(out, kernelH, kernelW, geometry, bias, changed);
  }

  @Override
  public Node build(Scope scope, Node x) {
    int in = x.shape().c();
    if (in % geometry.groups() != 0) {
      throw new ShapeException(
          "%s: %d input channels do not divide into %d groups"
              .formatted(scope.path(), in, geometry.groups()));
    }
    var shape = Shape.of(out, kernelH, kernelW, in / geometry.groups());
    var weight = scope.parameter("weight", shape, init, true);
    var y = scope.apply(new Conv2d(geometry), x, scope.like(x, weight));
    if (!bias) {
      return y;
    }
    var b = scope.parameter("bias", Shape.of(out), Init.ZEROS, false);
    return scope.apply("sum", new Add(), y, scope.like(y, b));
  }
}
