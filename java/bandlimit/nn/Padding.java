package bandlimit.nn;

import bandlimit.graph.Node;
import bandlimit.graph.op.Pad;
import bandlimit.signal.Boundary;

/// Extends a map by what `mode` says lies beyond its edge.
public record Padding(Boundary mode, int top, int bottom, int left, int right) implements Layer {
  @Override
  public Node build(Scope scope, Node x) {
    return scope.apply(new Pad(mode, top, bottom, left, right), x);
  }
}
