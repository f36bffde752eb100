package bandlimit.plan;

import bandlimit.graph.Node;
import java.util.ArrayDeque;
import java.util.HashSet;

/// Drops what no output and no update needs: the gradients nobody asked for, mostly.
final class Prune {
  private Prune() {}

  static Procedure apply(Procedure procedure) {
    var live = new HashSet<Node>();
    var open = new ArrayDeque<Node>(procedure.outputs().values());
    for (var update : procedure.updates()) {
      open.add(update.state());
      open.add(update.value());
    }
    while (!open.isEmpty()) {
      var node = open.pop();
      if (live.add(node)) {
        open.addAll(node.inputs());
      }
    }
    return Rewrite.of(procedure, live::contains, Rewrite::copy);
  }
}
