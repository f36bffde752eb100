package bandlimit.backend.cuda;

import bandlimit.graph.op.AdamWStep;
import bandlimit.graph.op.Add;
import bandlimit.graph.op.Cast;
import bandlimit.graph.op.Fn;
import bandlimit.graph.op.Lerp;
import bandlimit.graph.op.Mul;
import bandlimit.graph.op.Op;
import bandlimit.graph.op.Pointwise;
import bandlimit.graph.op.Scale;
import bandlimit.graph.op.Select;
import bandlimit.graph.op.SgdMomentum;
import bandlimit.graph.op.SgdStep;
import bandlimit.plan.Slot;
import bandlimit.plan.Step;
import bandlimit.tensor.DType;
import bandlimit.tensor.TensorType;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Which steps of a plan run together, and in which order then: a network has hundreds of small
/// equal updates, whose launches cost more than their bytes.
///
/// A step joins the group of its key either where that stands, or by fetching it: each step that is
/// passed on the way must not touch what the moving one writes, nor write what it reads, and no
/// member may do so to another. So every value is the one that the plan's order gives.
final class Groups {
  private static final long SMALL = 1 << 22; // elements; a few microseconds of memory traffic

  private final List<List<Access>> accesses;
  private final List<List<Integer>> order = new ArrayList<>();

  /// Bytes that a step reads or writes.
  private record Access(Slot.Space space, long from, long to, boolean writes) {
    static Access of(Slot slot, boolean writes) {
      return new Access(slot.space(), slot.offset(), slot.offset() + slot.type().bytes(), writes);
    }

    boolean meets(Access other) {
      return (writes || other.writes) && space == other.space && from < other.to && other.from < to;
    }
  }

  private Groups(List<Step> steps) {
    this.accesses = steps.stream().map(Groups::accesses).toList();
  }

  private static List<Access> accesses(Step step) {
    var accesses = new ArrayList<Access>();
    step.in().forEach(slot -> accesses.add(Access.of(slot, false)));
    step.out().forEach(slot -> accesses.add(Access.of(slot, true)));
    step.scratch().ifPresent(slot -> accesses.add(Access.of(slot, true)));
    return accesses;
  }

  /// Whether the planner should bring steps of this op together: those whose launch costs more than
  /// their bytes, and that have a kernel for many tensors.
  static boolean mayHold(Op op, List<TensorType> in, TensorType out) {
    long size = out.shape().size();
    return size <= SMALL
        && switch (op) {
          case SgdMomentum _, SgdStep _, AdamWStep _, Lerp _, Select _, Scale _ -> true;
          case Pointwise(Fn fn) -> fn == Fn.SQUARE && out.dtype() == DType.F32;
          case Cast(DType to) -> to.isFloating() && in.getFirst().dtype().isFloating();
          case Add _, Mul _ ->
              in.stream().allMatch(x -> x.shape().size() == size || x.shape().size() == 1);
          default -> false;
        };
  }

  /// Numbers of steps in the order in which they run; those in one list run at once. Steps with
  /// equal keys may do that, those without one may not.
  static <K> List<List<Integer>> of(List<Step> steps, List<Optional<K>> keys) {
    var groups = new Groups(steps);
    Map<K, List<Integer>> open = new HashMap<>();
    for (int i = 0; i < steps.size(); i++) {
      var key = keys.get(i);
      if (key.isPresent() && open.containsKey(key.get()) && groups.join(open.get(key.get()), i)) {
        continue;
      }
      List<Integer> alone = new ArrayList<>(List.of(i));
      groups.order.add(alone);
      key.ifPresent(k -> open.put(k, alone));
    }
    return groups.order;
  }

  private boolean join(List<Integer> group, int step) {
    if (!areFree(group, List.of(step))) {
      return false;
    }
    int place = place(group);
    var later = order.subList(place + 1, order.size());
    if (areFree(later, step)) {
      group.add(step);
      return true;
    }
    if (group.stream().allMatch(member -> areFree(later, member))) {
      order.remove(place);
      group.add(step);
      order.add(group);
      return true;
    }
    return false;
  }

  /// By identity, from the end.
  private int place(List<Integer> group) {
    int place = order.size() - 1;
    while (order.get(place) != group) {
      place--;
    }
    return place;
  }

  private boolean areFree(List<List<Integer>> passed, int step) {
    return passed.stream().allMatch(group -> areFree(group, List.of(step)));
  }

  private boolean areFree(List<Integer> some, List<Integer> others) {
    for (int a : some) {
      for (int b : others) {
        if (meet(accesses.get(a), accesses.get(b))) {
          return false;
        }
      }
    }
    return true;
  }

  private static boolean meet(List<Access> some, List<Access> others) {
    for (var a : some) {
      for (var b : others) {
        if (a.meets(b)) {
          return true;
        }
      }
    }
    return false;
  }
}
