package bandlimit.certify;

import bandlimit.graph.Node;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// What a value lost on its way: everything its inputs lost, and what its own node takes away.
final class Losses {
  private Losses() {}

  static List<Value.Loss> of(Node node, List<Value> in, Value out, Culprit own) {
    Set<Value.Loss> losses = new LinkedHashSet<>();
    in.forEach(v -> losses.addAll(v.losses()));
    var all = new ArrayList<>(losses);
    all.sort(java.util.Comparator.comparingInt(Value.Loss::node));
    for (boolean ofRows : new boolean[] {true, false}) {
      loss(node, in, out.axis(ofRows), ofRows, own).ifPresent(all::add);
    }
    return all;
  }

  private static Optional<Value.Loss> loss(
      Node node, List<Value> in, Axis out, boolean ofRows, Culprit own) {
    Optional<Moves> before = Optional.of(Moves.REAL);
    Optional<Culprit> blame = Optional.empty();
    for (Value v : in) {
      var axis = v.axis(ofRows);
      var best = axis.best();
      before = before.flatMap(b -> best.map(b::and));
      if (blame.isEmpty()) {
        blame = axis.blame();
      }
    }
    var after = out.best();
    if (before.isEmpty() || after.filter(before.get()::equals).isPresent()) {
      return Optional.empty();
    }
    var culprit = after.isEmpty() ? own : blame.orElse(own);
    return Optional.of(new Value.Loss(node.id(), ofRows, culprit, words(before), words(after)));
  }

  static String words(Optional<Moves> moves) {
    return moves.map(Moves::words).orElse("none");
  }
}
