package bandlimit.plan;

import bandlimit.graph.Graph;
import bandlimit.graph.Node;
import bandlimit.graph.op.Add;
import bandlimit.graph.op.Conv2d;
import bandlimit.graph.op.ConvGeometry;
import bandlimit.graph.op.ConvMoments;
import bandlimit.graph.op.Fn;
import bandlimit.graph.op.FusedOp;
import bandlimit.graph.op.Moments;
import bandlimit.graph.op.Normalize;
import bandlimit.graph.op.NormalizeRelu;
import bandlimit.graph.op.Over;
import bandlimit.graph.op.Part;
import bandlimit.graph.op.Pointwise;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Predicate;

/// Several core ops become one step, where the target has it. Plain pattern matching on nodes; each
/// fusion is here because a measurement asked for it (docs/benchmarks).
final class Fuse {
  private record Match(FusedOp op, List<Node> inputs) {}

  /// A node that becomes a further result of the step of `owner`, which stands before it.
  private record Further(Node owner, Part part) {}

  private final Map<Node, Match> matches = new HashMap<>();
  private final Map<Node, Further> parts = new HashMap<>();
  private final Map<Node, Integer> uses = new HashMap<>();
  private final Map<Node, Node> emitted = new HashMap<>();

  private Fuse(Procedure procedure) {
    for (Node node : procedure.graph().nodes()) {
      node.inputs().forEach(input -> uses.merge(input, 1, Integer::sum));
    }
    procedure.outputs().values().forEach(node -> uses.merge(node, 1, Integer::sum));
    procedure.updates().forEach(update -> uses.merge(update.value(), 1, Integer::sum));
  }

  static Procedure apply(Procedure procedure, Predicate<FusedOp> has) {
    var fuse = new Fuse(procedure);
    for (Node node : procedure.graph().nodes()) {
      fuse.normalizeRelu(node, has);
      fuse.convMoments(node, has);
    }
    return Rewrite.of(procedure, node -> true, fuse::emit);
  }

  /// What a match left behind is copied, is dead, and falls to the pruning that follows.
  private Node emit(Graph to, Node old, List<Node> inputs) {
    var further = parts.get(old);
    var match = matches.get(old);
    Node now =
        further != null
            ? to.apply(old.path(), further.part, emitted(further.owner))
            : match != null
                ? to.apply(old.path(), match.op, match.inputs.stream().map(this::emitted).toList())
                : Rewrite.copy(to, old, inputs);
    emitted.put(old, now);
    return now;
  }

  private Node emitted(Node old) {
    return Objects.requireNonNull(emitted.get(old), () -> old.path() + " comes later");
  }

  /// relu(normalize(...)) and relu(normalize(...) + residual), when nothing else reads between.
  private void normalizeRelu(Node node, Predicate<FusedOp> has) {
    if (!(node.op() instanceof Pointwise(Fn fn)) || fn != Fn.RELU) {
      return;
    }
    var x = node.input(0);
    if (x.op() instanceof Normalize normalize && once(x)) {
      match(node, new NormalizeRelu(normalize, false), x.inputs(), has);
    } else if (x.op() instanceof Add && once(x)) {
      for (int i = 0; i < 2; i++) {
        var y = x.input(i);
        var residual = x.input(1 - i);
        if (y.op() instanceof Normalize normalize
            && once(y)
            && residual.shape().equals(y.shape())) {
          var inputs = new ArrayList<>(y.inputs());
          inputs.add(residual);
          match(node, new NormalizeRelu(normalize, true), inputs, has);
          return;
        }
      }
    }
  }

  /// The batch statistics of a convolution's result, which become a part of the convolution.
  private void convMoments(Node node, Predicate<FusedOp> has) {
    if (node.op() instanceof Moments(Over over)
        && over.equals(Over.BATCH)
        && node.input(0).op() instanceof Conv2d(ConvGeometry geometry)) {
      var conv = node.input(0);
      match(conv, new ConvMoments(geometry), conv.inputs(), has);
      if (matches.containsKey(conv)) {
        parts.put(node, new Further(conv, new Part(1, node.type())));
      }
    }
  }

  private boolean once(Node node) {
    return uses.getOrDefault(node, 0) == 1;
  }

  private void match(Node node, FusedOp op, List<Node> inputs, Predicate<FusedOp> has) {
    if (has.test(op)) {
      matches.put(node, new Match(op, inputs));
    }
  }
}
