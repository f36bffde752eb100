package bandlimit.nn;

import bandlimit.graph.Node;
import bandlimit.graph.op.Mul;
import bandlimit.tensor.Shape;

/// A trained factor for each channel, `gamma` (C), that starts at `start` (Touvron et al. 2021).
public record LayerScale(double start) implements Layer {
  @Override
  public Node build(Scope scope, Node x) {
    var gamma = scope.parameter("gamma", Shape.of(x.shape().c()), Init.constant(start), false);
    return scope.apply(new Mul(), x, scope.like(x, gamma));
  }
}
