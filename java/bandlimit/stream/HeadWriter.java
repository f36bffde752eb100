package bandlimit.stream;

import bandlimit.graph.Graph;
import bandlimit.graph.Node;
import bandlimit.graph.op.Slice;
import bandlimit.graph.op.State;
import bandlimit.plan.Procedure;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Writes the graph of what looks at whole windows.
final class HeadWriter {
  private HeadWriter() {}

  /// The state in which a map is kept for a window.
  static String ringName(Node old) {
    return "stream/window/" + old.path();
  }

  /// The head as it was, on the windows that are kept for it.
  static Procedure write(String name, Analysis analysis, Map<Node, Integer> rings, String output) {
    var to = new Graph();
    Map<Node, Node> written = new HashMap<>();
    rings.forEach(
        (old, columns) -> {
          var shape = old.shape().with(2, columns);
          var state = to.state(ringName(old), old.type().withShape(shape));
          int w = old.shape().w();
          written.put(
              old,
              w == columns ? state : to.apply(old.path() + "/first", new Slice(2, 0, w), state));
        });
    for (Node node : analysis.graph.nodes()) {
      if (analysis.isHead(node)) {
        var inputs = node.inputs().stream().map(input -> fixed(to, input, written)).toList();
        written.put(node, to.apply(node.path(), node.op(), inputs));
      }
    }
    return new Procedure(name, to, Map.of(output, fixed(to, analysis.output, written)), List.of());
  }

  /// A copy of what does not depend on the signal.
  static Node fixed(Graph to, Node old, Map<Node, Node> written) {
    var known = written.get(old);
    if (known != null) {
      return known;
    }
    var copy =
        old.op() instanceof State state
            ? to.state(old.path(), state.type())
            : to.apply(
                old.path(),
                old.op(),
                old.inputs().stream().map(input -> fixed(to, input, written)).toList());
    written.put(old, copy);
    return copy;
  }
}
