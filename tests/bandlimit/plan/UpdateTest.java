package bandlimit.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bandlimit.backend.reference.ReferenceBackend;
import bandlimit.conformance.Harness;
import bandlimit.conformance.SmallTraining;
import bandlimit.graph.Graph;
import bandlimit.graph.Node;
import bandlimit.graph.op.Add;
import bandlimit.graph.op.Concat;
import bandlimit.graph.op.Scale;
import bandlimit.graph.op.Select;
import bandlimit.graph.op.Slice;
import bandlimit.plan.Procedure.Update;
import bandlimit.tensor.HostTensor;
import bandlimit.tensor.Shape;
import bandlimit.tensor.TensorType;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// State in, state out: until the end of a run everything reads the old values.
class UpdateTest {
  private static final TensorType TYPE = TensorType.f32(3);

  private final Graph graph = new Graph();
  private final Node a = graph.state("a", TYPE);
  private final Node b = graph.state("b", TYPE);
  private final Node ok = graph.input("ok", TensorType.f32());

  @Test
  void updatesSeeTheOldValuesWhateverTheirOrder() {
    var nextA = graph.apply("a/next", new Add(), a, b);
    var nextB = graph.apply("b/next", new Add(), b, a);
    var updates = List.of(guarded(a, nextA), guarded(b, nextB));
    for (var order : List.of(updates, updates.reversed())) {
      try (var harness = harness(order, Map.of())) {
        harness.write("ok", number(1)).run();
        assertThat(harness.readState("a")).containsExactly(11, 22, 33);
        assertThat(harness.readState("b")).containsExactly(11, 22, 33);
      }
    }
  }

  @Test
  void statesCanTradePlaces() {
    var updates = List.of(guarded(a, b), guarded(b, a));
    for (var order : List.of(updates, updates.reversed())) {
      try (var harness = harness(order, Map.of())) {
        harness.write("ok", number(1)).run();
        assertThat(harness.readState("a")).containsExactly(10, 20, 30);
        assertThat(harness.readState("b")).containsExactly(1, 2, 3);
      }
    }
  }

  @Test
  void aClosedGuardKeepsEveryState() {
    var nan = graph.input("nan", TYPE);
    var nextA = graph.apply("a/next", new Add(), a, nan);
    var nextB = graph.apply("b/next", new Add(), b, nan);
    try (var harness = harness(List.of(guarded(a, nextA), guarded(b, nextB)), Map.of())) {
      harness.write("ok", number(0));
      harness.write("nan", HostTensor.allocate(TYPE).fill(Double.NaN)).run();
      assertThat(harness.readState("a")).containsExactly(1, 2, 3);
      assertThat(harness.readState("b")).containsExactly(10, 20, 30);
    }
  }

  @Test
  void anUnguardedUpdateIsCopiedAtTheEnd() {
    var nextA = graph.apply("a/next", new Scale(2), a);
    var reader = graph.apply("reader", new Add(), a, b);
    try (var harness = harness(List.of(new Update(a, nextA)), Map.of("reader", reader))) {
      harness.run();
      assertThat(harness.readState("a")).containsExactly(2, 4, 6);
      assertThat(harness.read("reader")).containsExactly(11, 22, 33);
    }
  }

  /// A history: what follows it is written straight into it where nobody else reads the old one.
  @Test
  void whatIsCutFromTheOnlyReaderNeedsNoCopy() {
    for (boolean another : new boolean[] {false, true}) {
      var own = new Graph();
      var history = own.state("a", TYPE);
      var other = own.state("b", TYPE);
      var all = own.apply("all", new Concat(0), history, other);
      var next = own.apply("next", new Slice(0, 2, 5), all);
      var sum = own.apply("sum", new Add(), another ? history : other, next);
      var outputs = Map.of("all", all, "twice", own.apply("twice", new Add(), other, other));
      var updates =
          another
              ? List.of(new Update(history, next), new Update(other, sum))
              : List.of(new Update(history, next));
      var procedure = new Procedure("update", own, outputs, updates);
      try (var harness = Harness.of(new ReferenceBackend(), procedure)) {
        harness.writeState("a", HostTensor.of(Shape.of(3), 1f, 2f, 3f));
        harness.writeState("b", HostTensor.of(Shape.of(3), 10f, 20f, 30f)).run();
        assertThat(harness.read("all")).containsExactly(1, 2, 3, 10, 20, 30);
        assertThat(harness.readState("a")).containsExactly(3, 10, 20);
        assertThat(harness.readState("b"))
            .containsExactly(another ? new double[] {4, 12, 23} : new double[] {10, 20, 30});
        assertThat(harness.plan().steps().stream().anyMatch(s -> s.op() instanceof Scale))
            .isEqualTo(another);
      }
    }
  }

  /// The next value of one state feeds the next value of another, as averages of weights do.
  @Test
  void aNextValueMayFeedAnother() {
    var nextA = graph.apply("a/next", new Scale(2), a);
    var nextB = graph.apply("b/next", new Add(), b, nextA);
    try (var harness = harness(List.of(guarded(a, nextA), guarded(b, nextB)), Map.of())) {
      harness.write("ok", number(1)).run();
      assertThat(harness.readState("a")).containsExactly(2, 4, 6);
      assertThat(harness.readState("b")).containsExactly(12, 24, 36);
    }
  }

  @Test
  void theBareValueOfARenewedStateIsRefused() {
    var updates = List.of(new Update(a, b), new Update(b, graph.apply("n", new Scale(2), b)));
    assertThatThrownBy(() -> harness(updates, Map.of()))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("a takes the value of b");
  }

  @Test
  void anUpdateOfAnotherTypeIsRefused() {
    assertThatThrownBy(() -> new Update(a, ok)).hasMessageContaining("a is f32(3)");
  }

  @Test
  void guardedUpdatesOfATrainingStepAreCommittedLastAndInPlace() {
    var plan = Planner.plan(new SmallTraining().procedures(), new ReferenceBackend()).plan("train");
    int first = 0;
    while (plan.steps().get(first).output().space() != Slot.Space.STATE) {
      first++;
    }
    assertThat(plan.steps().size() - first).isGreaterThan(20);
    assertThat(plan.steps().subList(first, plan.steps().size()))
        .allSatisfy(
            step -> {
              assertThat(step.op()).isInstanceOf(Select.class);
              assertThat(step.output()).isEqualTo(step.in().get(2));
              assertThat(step.in().get(1).space()).isEqualTo(Slot.Space.ARENA);
            });
  }

  private Update guarded(Node state, Node next) {
    return new Update(state, graph.apply(state.path() + "/guarded", new Select(), ok, next, state));
  }

  private Harness harness(List<Update> updates, Map<String, Node> outputs) {
    var harness =
        Harness.of(new ReferenceBackend(), new Procedure("update", graph, outputs, updates));
    if (harness.plan().steps().isEmpty()) {
      throw new AssertionError("an update without steps");
    }
    return harness
        .writeState("a", HostTensor.of(Shape.of(3), 1f, 2f, 3f))
        .writeState("b", HostTensor.of(Shape.of(3), 10f, 20f, 30f));
  }

  private static HostTensor number(double value) {
    return HostTensor.of(Shape.of(), value);
  }
}
