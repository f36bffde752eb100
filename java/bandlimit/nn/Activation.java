package bandlimit.nn;

import bandlimit.graph.Node;
import bandlimit.graph.op.Fn;
import bandlimit.graph.op.Pointwise;

/// A function of each value alone.
public record Activation(Fn fn) implements Layer {
  public static final Activation RELU = new Activation(Fn.RELU);

  @Override
  public Node build(Scope scope, Node x) {
    return scope.apply(new Pointwise(fn), x);
  }
}
