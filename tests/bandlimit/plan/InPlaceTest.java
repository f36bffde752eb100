package bandlimit.plan;

import static org.assertj.core.api.Assertions.assertThat;

import bandlimit.backend.Executable;
import bandlimit.backend.reference.ReferenceBackend;
import bandlimit.graph.Graph;
import bandlimit.graph.Node;
import bandlimit.graph.op.Add;
import bandlimit.graph.op.Dropout;
import bandlimit.graph.op.Fn;
import bandlimit.graph.op.Lerp;
import bandlimit.graph.op.Mul;
import bandlimit.graph.op.NormalizeGrad;
import bandlimit.graph.op.NormalizeRelu;
import bandlimit.graph.op.NormalizeReluBackward;
import bandlimit.graph.op.Op;
import bandlimit.graph.op.Pointwise;
import bandlimit.graph.op.PointwiseGrad;
import bandlimit.graph.op.Polynomial;
import bandlimit.graph.op.PolynomialBackward;
import bandlimit.graph.op.PolynomialGrad;
import bandlimit.graph.op.Reduce;
import bandlimit.graph.op.Reshape;
import bandlimit.graph.op.Scale;
import bandlimit.graph.op.ScaledPolynomial;
import bandlimit.graph.op.SgdMomentum;
import bandlimit.graph.op.SgdStep;
import bandlimit.tensor.DType;
import bandlimit.tensor.HostTensor;
import bandlimit.tensor.Shape;
import bandlimit.tensor.TensorType;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// A step writes over an input only when nobody reads it later.
class InPlaceTest {
  /// Element i of the result needs element i of the input and nothing else of it.
  static final Set<Class<? extends Op>> MAY_OVERWRITE =
      Set.of(
          Pointwise.class,
          Scale.class,
          Dropout.class,
          Polynomial.class,
          Lerp.class,
          PointwiseGrad.class,
          PolynomialGrad.class,
          Add.class,
          Mul.class,
          NormalizeGrad.class,
          NormalizeRelu.class,
          NormalizeReluBackward.class,
          ScaledPolynomial.class,
          PolynomialBackward.class,
          SgdMomentum.class,
          SgdStep.class);

  private static final TensorType TYPE = TensorType.f32(4, 6);
  private final Graph graph = new Graph();

  @Test
  void anInputThatIsReadLaterStays() {
    var x = scaled(graph.input("x", TYPE), 2);
    var y = graph.apply("y", new Pointwise(Fn.SQUARE), x);
    var z = graph.apply("z", new Add(), y, x);
    var plan = plan(Map.of("z", z));
    assertThat(step(plan, "y").output().offset()).isNotEqualTo(step(plan, "x").output().offset());
    assertThat(step(plan, "z").output()).isIn(step(plan, "z").in());
  }

  @Test
  void anOutputStays() {
    var x = scaled(graph.input("x", TYPE), 2);
    var y = graph.apply("y", new Pointwise(Fn.SQUARE), x);
    var plan = plan(Map.of("x", x, "y", y));
    assertThat(plan.output("x").offset()).isNotEqualTo(plan.output("y").offset());
  }

  @Test
  void anotherNameForAnInputKeepsItAlive() {
    var x = scaled(graph.input("x", TYPE), 2);
    var flat = graph.apply("flat", new Reshape(Shape.of(24)), x);
    var y = graph.apply("y", new Pointwise(Fn.SQUARE), x);
    var sum = graph.apply("sum", new Reduce(Shape.of(), 1), flat);
    var plan = plan(Map.of("y", y, "sum", sum));
    assertThat(step(plan, "y").output().offset()).isNotEqualTo(step(plan, "x").output().offset());
  }

  @Test
  void inputsAndStatesAreNeverOverwritten() {
    var x = graph.input("x", TYPE);
    var s = graph.state("s", TYPE);
    var y = graph.apply("y", new Add(), x, s);
    assertThat(plan(Map.of("y", y)).output("y").space()).isEqualTo(Slot.Space.ARENA);
  }

  @Test
  void aStretchedInputIsNotOverwritten() {
    var small = scaled(graph.input("small", TensorType.f32(1, 6)), 2);
    var x = scaled(graph.input("x", TYPE), 3);
    var plan = plan(Map.of("y", graph.apply("y", new Add(), small, x)));
    assertThat(step(plan, "y").output()).isEqualTo(step(plan, "x").output());
    assertThat(step(plan, "y").output().offset())
        .isNotEqualTo(step(plan, "small").output().offset());
  }

  /// Graphs of any form: dead memory is poisoned after every step, and the results stay the same.
  @Test
  void poisonInDeadMemoryIsNeverRead() {
    int overwritten = 0;
    for (int seed = 0; seed < 60; seed++) {
      var procedure = randomProcedure(new Random(seed));
      var expected = run(procedure, new PlanOptions(true, true, true, false, false), false);
      var actual = run(procedure, PlanOptions.ALL, true);
      expected.forEach((name, value) -> assertThat(actual.get(name)).containsExactly(value));
      var plan = Planner.plan(List.of(procedure), new ReferenceBackend()).plan("random");
      overwritten += (int) plan.steps().stream().filter(s -> s.in().contains(s.output())).count();
    }
    assertThat(overwritten).as("steps that ran in place").isGreaterThan(100);
  }

  private static Procedure randomProcedure(Random random) {
    var graph = new Graph();
    var nodes = new ArrayList<Node>();
    for (int i = 0; i < 3; i++) {
      nodes.add(graph.input("x" + i, TYPE));
    }
    for (int i = 0; i < 40; i++) {
      var a = nodes.get(recent(random, nodes));
      var b = nodes.get(recent(random, nodes));
      nodes.add(
          switch (random.nextInt(5)) {
            case 0 -> graph.apply("n" + i, new Add(), a, b);
            case 1 ->
                graph.apply("n" + i, new Mul(), graph.apply("t", new Pointwise(Fn.TANH), a), b);
            case 2 -> graph.apply("n" + i, new Pointwise(Fn.SIGMOID), a);
            case 3 -> graph.apply("n" + i, new PointwiseGrad(Fn.GELU), a, b);
            default -> {
              var flat = graph.apply("f" + i, new Reshape(Shape.of(24)), a);
              var half = graph.apply("h" + i, new Scale(0.5), flat);
              yield graph.apply("n" + i, new Reshape(TYPE.shape()), half);
            }
          });
    }
    Map<String, Node> outputs = new LinkedHashMap<>();
    outputs.put("last", nodes.getLast());
    outputs.put("middle", nodes.get(20));
    return new Procedure("random", graph, outputs, List.of());
  }

  private static int recent(Random random, List<Node> nodes) {
    return nodes.size() - 1 - random.nextInt(Math.min(6, nodes.size()));
  }

  private static Map<String, double[]> run(
      Procedure procedure, PlanOptions options, boolean poisoned) {
    var program = Planner.plan(List.of(procedure), new ReferenceBackend(), options);
    var plan = program.plan("random");
    try (var executable = new ReferenceBackend().compile(program)) {
      var random = new Random(3);
      plan.inputs().values().forEach(slot -> executable.write(slot, normal(slot.type(), random)));
      if (poisoned) {
        runPoisoned(executable, plan);
      } else {
        executable.run(plan);
      }
      Map<String, double[]> values = new HashMap<>();
      plan.outputs()
          .forEach(
              (name, slot) -> {
                var value = HostTensor.allocate(slot.type().withDType(DType.F64));
                executable.read(slot, value);
                values.put(name, value.toDoubles());
              });
      return values;
    }
  }

  /// After each step, NaN goes into every place that no later step reads before writing it.
  private static void runPoisoned(Executable executable, Plan plan) {
    var places = new HashSet<Long>();
    plan.steps().forEach(step -> places.add(step.output().offset()));
    var ran = new int[1];
    executable.run(
        plan,
        (_, _) -> {
          ran[0]++;
          for (long place : places) {
            if (isDead(plan, place, ran[0])) {
              var slot = new Slot(Slot.Space.ARENA, place, TYPE);
              executable.write(slot, HostTensor.allocate(TYPE).fill(Double.NaN));
            }
          }
        });
  }

  private static boolean isDead(Plan plan, long place, int from) {
    for (int i = from; i < plan.steps().size(); i++) {
      var step = plan.steps().get(i);
      if (step.in().stream().anyMatch(s -> isAt(s, place))) {
        return false;
      }
      if (isAt(step.output(), place)) {
        return true;
      }
    }
    return plan.outputs().values().stream().noneMatch(s -> isAt(s, place));
  }

  private static boolean isAt(Slot slot, long place) {
    return slot.space() == Slot.Space.ARENA && slot.offset() == place;
  }

  private static HostTensor normal(TensorType type, Random random) {
    var value = HostTensor.allocate(type);
    for (int i = 0; i < type.shape().size(); i++) {
      value.set(i, random.nextGaussian());
    }
    return value;
  }

  private Node scaled(Node x, double factor) {
    return graph.apply(x.path(), new Scale(factor), x);
  }

  private Plan plan(Map<String, Node> outputs) {
    var procedure = new Procedure("p", graph, outputs, List.of());
    return Planner.plan(List.of(procedure), new ReferenceBackend()).plan("p");
  }

  private static Step step(Plan plan, String name) {
    return plan.steps().stream().filter(s -> s.name().equals(name)).findFirst().orElseThrow();
  }
}
