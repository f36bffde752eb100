package bandlimit.plan;

import static org.assertj.core.api.Assertions.assertThat;

import bandlimit.backend.reference.ReferenceBackend;
import bandlimit.conformance.SmallTraining;
import bandlimit.graph.Graph;
import bandlimit.graph.op.Add;
import bandlimit.graph.op.Fn;
import bandlimit.graph.op.Pointwise;
import bandlimit.tensor.TensorType;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// A pass changes what runs, never what comes out: training with each one off agrees to the bit.
class PassesTest {
  private static final int STEPS = 3;
  private static Map<String, double[]> all = Map.of();

  @BeforeAll
  static void trainWithAllPasses() {
    all = new SmallTraining().train(new ReferenceBackend(), PlanOptions.ALL, STEPS);
  }

  @ParameterizedTest(name = "without {0}")
  @CsvSource({
    "prune, false, true, true, true, true",
    "merge, true, false, true, true, true",
    "fuse, true, true, false, true, true",
    "reuse, true, true, true, false, true",
    "inPlace, true, true, true, true, false",
    "any, false, false, false, false, false"
  })
  void trainingAgreesToTheBit(
      String pass, boolean prune, boolean merge, boolean fuse, boolean reuse, boolean inPlace) {
    var options = new PlanOptions(prune, merge, fuse, reuse, inPlace);
    var other = new SmallTraining().train(new ReferenceBackend(), options, STEPS);
    assertThat(other.keySet()).as("states without %s", pass).containsAll(all.keySet());
    all.forEach((path, value) -> assertThat(other.get(path)).as(path).containsExactly(value));
  }

  /// The control: training has moved the states, so that equal states say something.
  @Test
  void anotherNumberOfStepsGivesOtherStates() {
    var fewer = new SmallTraining().train(new ReferenceBackend(), PlanOptions.ALL, STEPS - 1);
    all.forEach((path, value) -> assertThat(fewer.get(path)).as(path).isNotEqualTo(value));
  }

  @Test
  void everyPassHasSomethingToDo() {
    var none = train(new PlanOptions(false, false, false, false, false));
    var pruned = train(new PlanOptions(true, false, false, false, false));
    var reused = train(new PlanOptions(true, true, false, true, false));
    var inPlace = train(new PlanOptions(true, true, false, true, true));
    assertThat(pruned.steps().size()).isLessThan(none.steps().size());
    assertThat(reused.arenaBytes()).isLessThan(pruned.arenaBytes() / 2);
    assertThat(inPlace.arenaBytes()).isLessThanOrEqualTo(reused.arenaBytes());
    assertThat(inPlace.steps())
        .anyMatch(s -> s.op() instanceof Pointwise && s.in().getFirst().equals(s.output()));
  }

  @Test
  void equalOpsOnEqualInputsAreOneStep() {
    var graph = new Graph();
    var x = graph.input("x", TensorType.f32(2, 3));
    var one = graph.apply("one", new Pointwise(Fn.EXP), x);
    var other = graph.apply("other", new Pointwise(Fn.EXP), x);
    var third = graph.apply("third", new Pointwise(Fn.TANH), x);
    var sum = graph.apply("sum", new Add(), one, other);
    var y = graph.apply("y", new Add(), sum, third);
    var procedure = new Procedure("p", graph, Map.of("y", y), List.of());
    var target = new ReferenceBackend();
    var none = new PlanOptions(true, false, true, true, true);
    assertThat(Planner.plan(List.of(procedure), target).plan("p").steps()).hasSize(4);
    assertThat(Planner.plan(List.of(procedure), target, none).plan("p").steps()).hasSize(5);
  }

  private static Plan train(PlanOptions options) {
    var procedures = new SmallTraining().procedures();
    return Planner.plan(procedures, new ReferenceBackend(), options).plan("train");
  }
}
