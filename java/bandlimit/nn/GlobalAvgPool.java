package bandlimit.nn;

import bandlimit.graph.Node;
import bandlimit.graph.op.Reduce;
import bandlimit.graph.op.Reshape;
import bandlimit.tensor.Shape;

/// The mean of each channel: (N, H, W, C) -> (N, C).
public record GlobalAvgPool() implements Layer {
  @Override
  public Node build(Scope scope, Node x) {
    var shape = x.shape();
    int area = shape.h() * shape.w();
    var mean = area == 1 ? x : scope.apply(new Reduce(shape.with(1, 1).with(2, 1), 1.0 / area), x);
    return scope.apply("flat", new Reshape(Shape.of(shape.n(), shape.c())), mean);
  }
}
