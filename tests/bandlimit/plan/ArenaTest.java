package bandlimit.plan;

import static org.assertj.core.api.Assertions.assertThat;

import bandlimit.backend.reference.ReferenceBackend;
import bandlimit.conformance.SmallTraining;
import bandlimit.graph.op.Conv2d;
import bandlimit.graph.op.FusedOp;
import bandlimit.graph.op.Op;
import bandlimit.tensor.TensorType;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/// The arena, checked without the planner's own liveness: a plan without reuse, in which every
/// value has a place of its own, says what each step reads and writes.
class ArenaTest {
  private static final PlanOptions APART = new PlanOptions(true, true, true, false, false);
  private static final PlanOptions SHARED = new PlanOptions(true, true, true, true, false);

  /// Scratch for every convolution, and four bytes a float: what a real machine asks for.
  private static final Target MACHINE =
      new Target() {
        @Override
        public boolean has(FusedOp op) {
          return true;
        }

        @Override
        public long scratchBytes(Op op, List<TensorType> in, TensorType out) {
          return op instanceof Conv2d ? 1000 + out.bytes() : 0;
        }
      };

  /// Where a value lies, and the steps between which it must not be disturbed.
  private static final class Life {
    final Slot place;
    final int first;
    int last;

    Life(Slot place, int first) {
      this.place = place;
      this.first = first;
      this.last = first;
    }

    long end(Target target) {
      return place.offset()
          + place.type().shape().size() * target.elementBytes(place.type().dtype());
    }
  }

  @Test
  void noTwoValuesAliveAtOneTimeOverlap() {
    for (Target target : List.of(MACHINE, new ReferenceBackend())) {
      for (PlanOptions options : List.of(PlanOptions.ALL, SHARED)) {
        for (Procedure procedure : new SmallTraining().procedures()) {
          assertThat(overlaps(procedure, target, options)).isEmpty();
        }
      }
    }
  }

  @Test
  void theCheckFindsAnOverlap() {
    // a plan whose values all start at 0 must not pass
    var procedure = new SmallTraining().procedures().getFirst();
    var apart = Planner.plan(List.of(procedure), MACHINE, APART).plan(procedure.name());
    var piled =
        new Plan(
            apart.name(),
            apart.steps().stream().map(ArenaTest::atZero).toList(),
            apart.inputs(),
            apart.outputs(),
            apart.arenaBytes());
    assertThat(overlaps(apart, piled, MACHINE)).isNotEmpty();
  }

  @Test
  void everyValueLiesInsideTheArenaAndAligned() {
    for (Procedure procedure : new SmallTraining().procedures()) {
      var plan = Planner.plan(List.of(procedure), MACHINE).plan(procedure.name());
      for (Step step : plan.steps()) {
        var slots = new ArrayList<>(step.in());
        slots.addAll(step.out());
        step.scratch().ifPresent(slots::add);
        for (Slot slot : slots) {
          assertThat(slot.offset() % 64).isZero();
          if (slot.space() == Slot.Space.ARENA) {
            assertThat(slot.offset() + slot.type().bytes()).isLessThanOrEqualTo(plan.arenaBytes());
          }
        }
      }
    }
  }

  private static List<String> overlaps(Procedure procedure, Target target, PlanOptions options) {
    var apart = Planner.plan(List.of(procedure), target, APART).plan(procedure.name());
    var plan = Planner.plan(List.of(procedure), target, options).plan(procedure.name());
    return overlaps(apart, plan, target);
  }

  private static List<String> overlaps(Plan apart, Plan plan, Target target) {
    assertThat(plan.steps()).hasSameSizeAs(apart.steps());
    Map<Long, Life> lives = new LinkedHashMap<>();
    var scratch = new ArrayList<Life>();
    for (int i = 0; i < plan.steps().size(); i++) {
      var own = apart.steps().get(i);
      var step = plan.steps().get(i);
      assertThat(step.name()).isEqualTo(own.name());
      for (int j = 0; j < own.in().size(); j++) {
        if (own.in().get(j).space() == Slot.Space.ARENA) {
          var life =
              Objects.requireNonNull(
                  lives.get(own.in().get(j).offset()),
                  () -> step.name() + " reads what no step wrote");
          life.last = i;
          assertThat(step.in().get(j).offset()).as(step.name()).isEqualTo(life.place.offset());
        }
      }
      for (int j = 0; j < own.out().size(); j++) {
        if (own.out().get(j).space() == Slot.Space.ARENA) {
          lives.put(own.out().get(j).offset(), new Life(step.out().get(j), i));
        }
      }
      int at = i;
      step.scratch().ifPresent(slot -> scratch.add(new Life(slot, at)));
    }
    for (Slot output : apart.outputs().values()) {
      var life = lives.get(output.offset());
      if (output.space() == Slot.Space.ARENA && life != null) {
        life.last = Integer.MAX_VALUE;
      }
    }
    var all = new ArrayList<>(lives.values());
    all.addAll(scratch);
    return overlaps(all, plan, target);
  }

  private static List<String> overlaps(List<Life> lives, Plan plan, Target target) {
    var found = new ArrayList<String>();
    for (int i = 0; i < lives.size(); i++) {
      for (int j = i + 1; j < lives.size(); j++) {
        var a = lives.get(i);
        var b = lives.get(j);
        boolean meet = a.first <= b.last && b.first <= a.last;
        boolean overlap = a.place.offset() < b.end(target) && b.place.offset() < a.end(target);
        if (meet && overlap && !handedOver(a, b, plan) && !handedOver(b, a, plan)) {
          found.add(
              "%s of step %d and %s of step %d".formatted(a.place, a.first, b.place, b.first));
        }
      }
    }
    return found;
  }

  /// In place: `next` is written by the very step that reads `old` last, at the same place, and the
  /// step may do so.
  private static boolean handedOver(Life old, Life next, Plan plan) {
    if (old.last != next.first
        || old.place.offset() != next.place.offset()
        || old.place.type().shape().size() != next.place.type().shape().size()) {
      return false;
    }
    var step = plan.steps().get(next.first);
    return InPlaceTest.MAY_OVERWRITE.stream().anyMatch(kind -> kind.isInstance(step.op()));
  }

  private static Step atZero(Step step) {
    return new Step(
        step.name(),
        step.op(),
        step.in().stream().map(ArenaTest::atZero).toList(),
        step.out().stream().map(ArenaTest::atZero).toList(),
        step.scratch().map(ArenaTest::atZero));
  }

  private static Slot atZero(Slot slot) {
    return slot.space() == Slot.Space.ARENA ? new Slot(slot.space(), 0, slot.type()) : slot;
  }
}
