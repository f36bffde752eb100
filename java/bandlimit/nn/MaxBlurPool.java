package bandlimit.nn;

import bandlimit.graph.Node;

/// A max-pool without aliasing (Zhang 2019): the maximum at every position, then a low-pass that
/// takes the stride.
public record MaxBlurPool(int kernel, int padding, Layer blur) implements Layer {
  @Override
  public Node build(Scope scope, Node x) {
    return blur.build(scope.in("blur"), new MaxPool(kernel, 1, padding).build(scope, x));
  }
}
