package bandlimit.nn;

import bandlimit.graph.Node;

/// Stochastic depth: zeroes a residual branch for a whole sample with probability `rate` in
/// training and scales the others up.
public record DropPath(double rate) implements Layer {
  @Override
  public Node build(Scope scope, Node x) {
    return Dropout.drop(scope, x, rate, true);
  }
}
