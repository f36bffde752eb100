package bandlimit.plan;

import bandlimit.graph.Graph;
import bandlimit.graph.Node;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// One thing a program can do: a graph, what the host reads from it, and which states it renews.
public record Procedure(String name, Graph graph, Map<String, Node> outputs, List<Update> updates) {
  /// `state` holds `value` after the run; until its end everything reads the old value.
  public record Update(Node state, Node value) {
    public Update {
      if (!state.type().equals(value.type())) {
        throw new IllegalArgumentException(
            "%s is %s, its next value %s".formatted(state.path(), state.type(), value.type()));
      }
    }
  }

  public Procedure {
    outputs = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(outputs));
    updates = List.copyOf(updates);
  }
}
