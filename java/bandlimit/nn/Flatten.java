package bandlimit.nn;

import bandlimit.graph.Node;
import bandlimit.graph.op.Permute;
import bandlimit.graph.op.Reshape;
import bandlimit.tensor.Shape;
import java.util.List;

/// (N, H, W, C) -> (N, C * H * W), channels outermost as in PyTorch, so that the weights of the
/// linear layer after it mean the same there.
public record Flatten() implements Layer {
  @Override
  public Node build(Scope scope, Node x) {
    var shape = x.shape();
    boolean ordered = shape.h() * shape.w() == 1;
    var nchw = ordered ? x : scope.apply(new Permute(List.of(0, 3, 1, 2)), x);
    int features = Math.toIntExact(shape.size() / shape.n());
    return scope.apply("flat", new Reshape(Shape.of(shape.n(), features)), nchw);
  }
}
