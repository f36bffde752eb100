package bandlimit.plan;

import bandlimit.graph.Node;
import bandlimit.graph.op.AdamWStep;
import bandlimit.graph.op.Fn;
import bandlimit.graph.op.GuardedAdamW;
import bandlimit.graph.op.GuardedSgd;
import bandlimit.graph.op.GuardedUpdate;
import bandlimit.graph.op.Lerp;
import bandlimit.graph.op.Mul;
import bandlimit.graph.op.Pointwise;
import bandlimit.graph.op.Select;
import bandlimit.graph.op.SgdMomentum;
import bandlimit.graph.op.SgdStep;
import bandlimit.tensor.DType;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.ToIntFunction;

/// Finds what an optimizer does to one parameter, from the guard of the parameter's next value.
record GuardedUpdates(ToIntFunction<Node> uses, Function<Node, List<Node>> readers) {
  /// An update, and the guards whose values it computes.
  record Found(GuardedUpdate op, List<Node> inputs, List<Node> results) {}

  /// The guarded average of a next value; neither where there is none.
  private record Average(Optional<Node> lerp, Optional<Node> guard) {
    static final Average NONE = new Average(Optional.empty(), Optional.empty());

    boolean is() {
      return lerp.isPresent();
    }

    void addTo(List<Node> inputs, List<Node> results) {
      lerp.ifPresent(node -> inputs.add(node.input(0)));
      lerp.ifPresent(node -> inputs.add(node.input(2)));
      guard.ifPresent(results::add);
    }
  }

  Optional<Found> of(Node guard) {
    if (!(guard.op() instanceof Select) || uses.applyAsInt(guard) != 1) {
      return Optional.empty();
    }
    return switch (guard.input(1).op()) {
      case SgdStep step -> sgd(guard, step);
      case AdamWStep step -> adamW(guard, step);
      default -> Optional.empty();
    };
  }

  private Optional<Found> sgd(Node guard, SgdStep op) {
    var step = guard.input(1);
    var p = guard.input(2);
    var dp = step.input(1);
    var buffer = step.input(2);
    if (!buffer.op().equals(new SgdMomentum(op.momentum(), op.weightDecay()))
        || step.input(0) != p
        || buffer.input(0) != p
        || buffer.input(1) != dp) {
      return Optional.empty();
    }
    var bufferGuard = guard(guard.input(0), buffer, 2);
    var average = average(guard, step);
    if (bufferGuard.isEmpty() || average.isEmpty()) {
      return Optional.empty();
    }
    boolean clipped = isClipped(dp);
    var inputs = new ArrayList<>(List.of(guard.input(0), p));
    inputs.add(clipped ? dp.input(0) : dp);
    inputs.addAll(List.of(buffer.input(2), step.input(3)));
    if (clipped) {
      inputs.add(dp.input(1));
    }
    var results = new ArrayList<>(List.of(guard, bufferGuard.get()));
    average.get().addTo(inputs, results);
    var fused =
        new GuardedSgd(op.momentum(), op.nesterov(), op.weightDecay(), clipped, average.get().is());
    return Optional.of(new Found(fused, inputs, results));
  }

  private Optional<Found> adamW(Node guard, AdamWStep op) {
    var step = guard.input(1);
    var p = guard.input(2);
    var m = step.input(1);
    var v = step.input(2);
    if (!(m.op() instanceof Lerp)
        || !(v.op() instanceof Lerp)
        || step.input(0) != p
        || step.input(4).type().dtype() != DType.F32) {
      return Optional.empty();
    }
    var dp = m.input(1);
    var square = v.input(1);
    var guardM = guard(guard.input(0), m, 0);
    var guardV = guard(guard.input(0), v, 0);
    var average = average(guard, step);
    if (!square.op().equals(new Pointwise(Fn.SQUARE))
        || square.input(0) != dp
        || guardM.isEmpty()
        || guardV.isEmpty()
        || average.isEmpty()) {
      return Optional.empty();
    }
    boolean clipped = isClipped(dp);
    var inputs = new ArrayList<>(List.of(guard.input(0), p));
    inputs.add(clipped ? dp.input(0) : dp);
    inputs.addAll(List.of(m.input(0), v.input(0), m.input(2), v.input(2)));
    inputs.addAll(List.of(step.input(3), step.input(4)));
    if (clipped) {
      inputs.add(dp.input(1));
    }
    var results = new ArrayList<>(List.of(guard, guardM.get(), guardV.get()));
    average.get().addTo(inputs, results);
    var fused = new GuardedAdamW(op, clipped, average.get().is());
    return Optional.of(new Found(fused, inputs, results));
  }

  /// The guard of a moment that the step and it alone read; `old` is the moment's input that it
  /// renews.
  private Optional<Node> guard(Node ok, Node next, int old) {
    return uses.applyAsInt(next) == 2 ? guarded(ok, next, next.input(old)) : Optional.empty();
  }

  private Optional<Node> guarded(Node ok, Node next, Node old) {
    return readers.apply(next).stream()
        .filter(
            node ->
                node.op() instanceof Select
                    && node.input(0) == ok
                    && node.input(1) == next
                    && node.input(2) == old)
        .findFirst();
  }

  /// What becomes of a next value besides its guard: a guarded average, or nothing; empty where it
  /// is something else.
  private Optional<Average> average(Node guard, Node next) {
    if (uses.applyAsInt(next) == 1) {
      return Optional.of(Average.NONE);
    }
    return readers.apply(next).stream()
        .filter(node -> uses.applyAsInt(next) == 2 && node != guard)
        .filter(node -> node.op() instanceof Lerp && node.input(1) == next)
        .filter(node -> node.input(0) != next && uses.applyAsInt(node) == 1)
        .findFirst()
        .flatMap(
            lerp ->
                guarded(guard.input(0), lerp, lerp.input(0))
                    .map(of -> new Average(Optional.of(lerp), Optional.of(of))));
  }

  /// Whether a gradient is one times a number, made for this update alone.
  private boolean isClipped(Node dp) {
    return dp.op() instanceof Mul
        && uses.applyAsInt(dp) == 2
        && dp.input(0).shape().equals(dp.shape())
        && dp.input(1).shape().size() == 1;
  }
}
