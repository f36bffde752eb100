package bandlimit.graph;

import bandlimit.graph.op.Input;
import bandlimit.graph.op.Op;
import bandlimit.graph.op.State;
import bandlimit.tensor.TensorType;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Values in topological order: append-only, so a node can only use what exists. Passes build a new
/// graph.
///
/// Inputs and states are unique by path: asking again for one returns the same node, and a second
/// declaration with another type is an error.
public final class Graph {
  private final List<Node> nodes = new ArrayList<>();
  private final Map<String, Node> leaves = new HashMap<>();

  public Node apply(String path, Op op, List<Node> inputs) {
    var node = new Node(nodes.size(), path, op, inputs);
    nodes.add(node);
    return node;
  }

  public Node apply(String path, Op op, Node... inputs) {
    return apply(path, op, List.of(inputs));
  }

  /// A value the host writes before each run.
  public Node input(String name, TensorType type) {
    return leaf(name, new Input(type));
  }

  /// A value that outlives a run: parameter, moment, statistic, counter.
  public Node state(String path, TensorType type) {
    return leaf(path, new State(type));
  }

  private Node leaf(String path, Op op) {
    var known = leaves.get(path);
    if (known == null) {
      known = apply(path, op, List.of());
      leaves.put(path, known);
    } else if (!known.op().equals(op)) {
      throw new IllegalStateException(
          path + " is declared twice, as " + known.op() + " and as " + op);
    }
    return known;
  }

  public List<Node> nodes() {
    return Collections.unmodifiableList(nodes);
  }
}
