package bandlimit.nn;

import bandlimit.error.ShapeException;
import bandlimit.graph.Node;
import bandlimit.graph.op.Add;
import bandlimit.graph.op.MatMul;
import bandlimit.tensor.Shape;

/// x W^T + b on features (N, in): `weight` (out, in) and `bias` (out).
///
/// The bias starts uniform within 1 / sqrt(in), PyTorch's default, where the weight starts by
/// [Init#TORCH]; else at 0.
public record Linear(int out, Init init) implements Layer {
  /// With PyTorch's default start.
  public Linear(int out) {
    this(out, Init.TORCH);
  }

  @Override
  public Node build(Scope scope, Node x) {
    if (x.shape().rank() != 2) {
      throw new ShapeException(
          "%s: a linear layer takes features (N, in), got %s; put GlobalAvgPool or Flatten before"
                  .formatted(scope.path(), x.shape())
              + " it");
    }
    int in = x.shape().at(1);
    var biasInit = init.equals(Init.TORCH) ? new Init.Uniform(1 / Math.sqrt(in)) : Init.ZEROS;
    var weight = scope.parameter("weight", Shape.of(out, in), init, true);
    var bias = scope.parameter("bias", Shape.of(out), biasInit, false);
    var y = scope.apply(new MatMul(false, true), x, scope.like(x, weight));
    return scope.apply("sum", new Add(), y, scope.like(y, bias));
  }
}
