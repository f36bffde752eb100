package bandlimit.graph;

import bandlimit.graph.op.Add;
import bandlimit.graph.op.Op;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Reverse-mode differentiation as a graph transform: the gradient is more graph.
///
/// Walks the nodes backwards; each op's [vjp][Op#vjp] contributes to the cotangents of its inputs.
/// What nobody asks for is unreachable afterwards and pruned like any dead node.
public final class Gradients {
  private final Graph graph;
  private final Map<Node, Node> cotangents = new HashMap<>();
  private String path = "";

  private Gradients(Graph graph) {
    this.graph = graph;
  }

  /// Appends the gradient of <y, seed> to `graph`; `seed` has the type of `y`.
  public static Gradients of(Graph graph, Node y, Node seed) {
    var gradients = new Gradients(graph);
    gradients.cotangents.put(y, seed);
    for (Node node : List.copyOf(graph.nodes()).reversed()) {
      var dy = gradients.cotangents.get(node);
      if (dy != null) {
        gradients.path = node.path();
        node.op().vjp(node, dy, gradients);
      }
    }
    return gradients;
  }

  /// The gradient with respect to `x`, if the differentiated value depends on it.
  public Optional<Node> of(Node x) {
    return Optional.ofNullable(cotangents.get(x));
  }

  /// Contributes `dx` to the cotangent of `x`; for [Op#vjp] to call.
  public void add(Node x, Node dx) {
    if (!x.type().equals(dx.type())) {
      throw new IllegalStateException(
          "gradient of " + x.path() + " is " + dx.type() + ", the value " + x.type());
    }
    cotangents.merge(x, dx, (a, b) -> graph.apply(x.path() + "/dsum", new Add(), a, b));
  }

  /// Appends a node of the backward half, named after the node being differentiated.
  public Node apply(String suffix, Op op, Node... inputs) {
    return graph.apply(path + "/" + suffix, op, inputs);
  }
}
