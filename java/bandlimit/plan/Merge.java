package bandlimit.plan;

import bandlimit.graph.Node;
import bandlimit.graph.op.Input;
import bandlimit.graph.op.Op;
import bandlimit.graph.op.State;
import java.util.HashMap;
import java.util.List;

/// Equal ops on equal inputs become one node; free, because ops are values and nodes are pure.
final class Merge {
  private Merge() {}

  private record Key(Op op, List<Node> inputs) {}

  static Procedure apply(Procedure procedure) {
    var known = new HashMap<Key, Node>();
    return Rewrite.of(
        procedure,
        node -> true,
        (to, old, inputs) ->
            old.op() instanceof Input || old.op() instanceof State
                ? Rewrite.copy(to, old, inputs)
                : known.computeIfAbsent(
                    new Key(old.op(), inputs), key -> Rewrite.copy(to, old, inputs)));
  }
}
