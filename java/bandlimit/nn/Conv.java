package bandlimit.nn;

import bandlimit.error.ShapeException;
import bandlimit.graph.Node;
import bandlimit.graph.op.Add;
import bandlimit.graph.op.Conv2d;
import bandlimit.graph.op.ConvGeometry;
import bandlimit.tensor.Shape;
import java.util.Optional;

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

  /// The parameters of a convolution in a graph.
  record Weights(Scope scope, Node weight, Optional<Node> bias) {
    /// x convolved, as the node `PATH/name`.
    Node apply(String name, ConvGeometry geometry, Node x) {
      var op = new Conv2d(geometry);
      if (bias.isEmpty()) {
        return scope.apply(name, op, x, scope.like(x, weight));
      }
      var y = scope.apply(name + ".conv", op, x, scope.like(x, weight));
      return scope.apply(name, new Add(), y, scope.like(y, bias.get()));
    }
  }

  /// Declares the parameters for `in` channels.
  Weights declare(Scope scope, int in) {
    if (in % geometry.groups() != 0) {
      throw new ShapeException(
          "%s: %d input channels do not divide into %d groups"
              .formatted(scope.path(), in, geometry.groups()));
    }
    var shape = Shape.of(out, kernelH, kernelW, in / geometry.groups());
    var weight = scope.parameter("weight", shape, init, true);
    return new Weights(
        scope,
        weight,
        bias
            ? Optional.of(scope.parameter("bias", Shape.of(out), Init.ZEROS, false))
            : Optional.empty());
  }

  @Override
  public Node build(Scope scope, Node x) {
    var weights = declare(scope, x.shape().c());
    var y = scope.apply(new Conv2d(geometry), x, scope.like(x, weights.weight));
    return weights.bias.map(b -> scope.apply("sum", new Add(), y, scope.like(y, b))).orElse(y);
  }
}
