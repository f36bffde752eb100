package bandlimit.plan;

import static org.assertj.core.api.Assertions.assertThat;

import bandlimit.backend.Backend;
import bandlimit.backend.Executable;
import bandlimit.backend.reference.ReferenceBackend;
import bandlimit.conformance.SmallTraining;
import bandlimit.graph.Graph;
import bandlimit.graph.Node;
import bandlimit.graph.op.Add;
import bandlimit.graph.op.Fn;
import bandlimit.graph.op.FusedOp;
import bandlimit.graph.op.Mul;
import bandlimit.graph.op.Op;
import bandlimit.graph.op.Pointwise;
import bandlimit.graph.op.Reshape;
import bandlimit.graph.op.Scale;
import bandlimit.tensor.Shape;
import bandlimit.tensor.TensorType;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;

/// Equal small steps stand next to one another, and no value changes by that.
class TogetherTest {
  private static final TensorType TYPE = TensorType.f32(3);

  private final Graph graph = new Graph();

  @Test
  void equalStepsComeTogetherWhereTheFirstStands() {
    var a = graph.input("a", TYPE);
    var b = graph.input("b", TYPE);
    var first = graph.apply("first", new Scale(2), a);
    var other = graph.apply("other", new Pointwise(Fn.EXP), first);
    var second = graph.apply("second", new Scale(2), b);
    assertThat(units(first, other, second)).containsExactly("first second", "other");
  }

  @Test
  void theFirstWaitsForTheSecondsInput() {
    var a = graph.input("a", TYPE);
    var first = graph.apply("first", new Scale(2), a);
    var other = graph.apply("other", new Pointwise(Fn.EXP), a);
    var second = graph.apply("second", new Scale(2), other);
    assertThat(units(first, other, second)).containsExactly("other", "first second");
  }

  @Test
  void stepsThatNeedOneAnotherStayApart() {
    var a = graph.input("a", TYPE);
    var first = graph.apply("first", new Scale(2), a);
    var flat = graph.apply("flat", new Reshape(Shape.of(1, 3)), first);
    var second = graph.apply("second", new Scale(2), flat);
    assertThat(units(first, second)).containsExactly("first", "second");
    var between = graph.apply("between", new Pointwise(Fn.EXP), first);
    var third = graph.apply("third", new Scale(2), between);
    assertThat(units(first, between, third)).containsExactly("first", "between", "third");
  }

  @Test
  void otherAttributesNumbersOrTypesAreNotEqual() {
    var a = graph.input("a", TYPE);
    var s = graph.input("s", TensorType.f32());
    var t = graph.input("t", TensorType.f32());
    var steps =
        List.of(
            graph.apply("scaled by 2", new Scale(2), a),
            graph.apply("scaled by 3", new Scale(3), a),
            graph.apply("times s", new Mul(), a, s),
            graph.apply("times t", new Mul(), a, t),
            graph.apply("again times s", new Mul(), graph.input("b", TYPE), s));
    assertThat(units(steps.toArray(Node[]::new)))
        .containsExactly("scaled by 2", "scaled by 3", "times s again times s", "times t");
  }

  /// Two units whose members cross: together, each would have to be before the other.
  @Test
  void unitsDoNotCross() {
    var a = graph.input("a", TYPE);
    var firstScale = graph.apply("scale1", new Scale(2), a);
    var firstSum = graph.apply("sum1", new Add(), firstScale, a);
    var secondSum = graph.apply("sum2", new Add(), a, a);
    var secondScale = graph.apply("scale2", new Scale(2), secondSum);
    assertThat(units(firstScale, firstSum, secondSum, secondScale))
        .containsExactly("scale1", "sum1 sum2", "scale2");
  }

  /// What a unit's steps read may not be written over by one of them while another needs it.
  @Test
  void noStepWritesOverWhatAnotherOfItsUnitReads() {
    var a = graph.apply("a", new Pointwise(Fn.EXP), graph.input("x", TYPE));
    var b = graph.apply("b", new Pointwise(Fn.EXP), graph.input("z", TYPE));
    var first = graph.apply("first", new Add(), a, b);
    var second = graph.apply("second", new Add(), b, a);
    var y = graph.apply("y", new Mul(), first, second);
    var procedure = new Procedure("p", graph, Map.of("y", y), List.of());
    var plan = Planner.plan(List.of(procedure), new Grouping(_ -> true)).plan("p");
    var sums = plan.steps().stream().filter(step -> step.op() instanceof Add).toList();
    assertThat(sums)
        .hasSize(2)
        .allSatisfy(step -> assertThat(step.in()).doesNotContain(step.output()));
  }

  @Test
  void trainingDoesNotChangeByABit() {
    var alone = new SmallTraining().train(new ReferenceBackend(), PlanOptions.ALL, 2);
    for (Predicate<Op> which : List.<Predicate<Op>>of(_ -> true, Scale.class::isInstance)) {
      var together = new SmallTraining().train(new Grouping(which), PlanOptions.ALL, 2);
      assertThat(together.keySet()).isEqualTo(alone.keySet());
      together.forEach((name, values) -> assertThat(values).as(name).isEqualTo(alone.get(name)));
    }
  }

  private static List<String> units(Node... order) {
    var names = new ArrayList<String>();
    for (var unit : Together.of(List.of(order), new Grouping(op -> !isExp(op)))) {
      names.add(String.join(" ", unit.stream().map(Node::path).toList()));
    }
    return names;
  }

  private static boolean isExp(Op op) {
    return op.equals(new Pointwise(Fn.EXP));
  }

  /// The reference, planned for a machine that runs equal steps at once.
  private record Grouping(Predicate<Op> which) implements Backend {
    private static final ReferenceBackend REFERENCE = new ReferenceBackend();

    @Override
    public boolean groups(Op op, List<TensorType> in, TensorType out) {
      return which.test(op);
    }

    @Override
    public String name() {
      return "grouping";
    }

    @Override
    public String describe() {
      return "the reference, steps together";
    }

    @Override
    public boolean has(FusedOp op) {
      return REFERENCE.has(op);
    }

    @Override
    public long scratchBytes(Op op, List<TensorType> in, TensorType out) {
      return REFERENCE.scratchBytes(op, in, out);
    }

    @Override
    public int elementBytes(bandlimit.tensor.DType dtype) {
      return REFERENCE.elementBytes(dtype);
    }

    @Override
    public Executable compile(Program program) {
      return REFERENCE.compile(program);
    }

    @Override
    public void close() {
      // nothing is open
    }
  }
}
