package bandlimit.nn;

import bandlimit.graph.Node;

/// A function that writes nodes into a graph: a record of its attributes, reusable and without
/// state.
///
/// A whole model is a layer too. Anyone may write one; it declares its parameters through the scope
/// and must write the same graph each time it is built with the same scope and input type.
@FunctionalInterface
public interface Layer {
  /// Appends this layer to `scope`'s graph, reading `x`; returns its result.
  Node build(Scope scope, Node x);
}
