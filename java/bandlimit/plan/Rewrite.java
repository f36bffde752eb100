package bandlimit.plan;

import bandlimit.graph.Graph;
import bandlimit.graph.Node;
import bandlimit.graph.op.Input;
import bandlimit.graph.op.State;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;

/// How every pass is written: walk the old graph in order, emit into a new one.
final class Rewrite {
  private Rewrite() {}

  /// Emits what replaces `old`, whose inputs are already replaced by `inputs`.
  interface Rule {
    Node apply(Graph to, Node old, List<Node> inputs);
  }

  static Procedure of(Procedure procedure, Predicate<Node> keep, Rule rule) {
    var to = new Graph();
    var replaced = new HashMap<Node, Node>();
    for (Node old : procedure.graph().nodes()) {
      if (keep.test(old)) {
        replaced.put(old, rule.apply(to, old, old.inputs().stream().map(replaced::get).toList()));
      }
    }
    UnaryOperator<Node> now =
        old ->
            Objects.requireNonNull(
                replaced.get(old), () -> old.path() + " was dropped, but is still needed");
    Map<String, Node> outputs = new LinkedHashMap<>();
    procedure.outputs().forEach((name, node) -> outputs.put(name, now.apply(node)));
    var updates =
        procedure.updates().stream()
            .map(u -> new Procedure.Update(now.apply(u.state()), now.apply(u.value())))
            .toList();
    return new Procedure(procedure.name(), to, outputs, updates);
  }

  /// The rule that changes nothing.
  static Node copy(Graph to, Node old, List<Node> inputs) {
    return switch (old.op()) {
      case Input input -> to.input(old.path(), input.type());
      case State state -> to.state(old.path(), state.type());
      default -> to.apply(old.path(), old.op(), inputs);
    };
  }
}
