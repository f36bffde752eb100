package bandlimit.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bandlimit.backend.reference.ReferenceBackend;
import bandlimit.conformance.Harness;
import bandlimit.graph.op.Add;
import bandlimit.graph.op.Fn;
import bandlimit.graph.op.Moments;
import bandlimit.graph.op.Mul;
import bandlimit.graph.op.Normalize;
import bandlimit.graph.op.OneHot;
import bandlimit.graph.op.Over;
import bandlimit.graph.op.Pointwise;
import bandlimit.graph.op.Polynomial;
import bandlimit.graph.op.Scale;
import bandlimit.plan.Procedure;
import bandlimit.tensor.DType;
import bandlimit.tensor.HostTensor;
import bandlimit.tensor.Shape;
import bandlimit.tensor.TensorType;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// Reverse mode as a transform of graphs.
class GradientsTest {
  private static final TensorType TYPE = TensorType.f32(3);

  private final Graph graph = new Graph();
  private final Node x = graph.input("x", TYPE);
  private final Node one = graph.input("one", TYPE);

  @Test
  void contributionsOfSeveralReadersAreSummed() {
    // y = x * x + 3 x + x: dy/dx = 2 x + 4
    var square = graph.apply("square", new Mul(), x, x);
    var triple = graph.apply("triple", new Scale(3), x);
    var y = graph.apply("y", new Add(), graph.apply("s", new Add(), square, triple), x);
    var dx = Gradients.of(graph, y, one).of(x).orElseThrow();
    assertThat(value(dx)).containsExactly(6, 8, 10);
  }

  @Test
  void aValueWithoutInfluenceHasNoGradient() {
    var other = graph.input("other", TYPE);
    var y = graph.apply("y", new Scale(2), x);
    graph.apply("unused", new Mul(), x, other);
    var gradients = Gradients.of(graph, y, one);
    assertThat(gradients.of(other)).isEmpty();
    assertThat(value(gradients.of(x).orElseThrow())).containsExactly(2, 2, 2);
  }

  @Test
  void theGradientOfTheValueItselfIsTheSeed() {
    assertThat(Gradients.of(graph, x, one).of(x)).containsSame(one);
  }

  @Test
  void backwardNodesAreNamedAfterTheForwardOnes() {
    var y = graph.apply("block.act", new Pointwise(Fn.TANH), x);
    Gradients.of(graph, y, one);
    assertThat(graph.nodes().getLast().path()).isEqualTo("block.act/dx");
  }

  @Test
  void anOpWithoutAGradientSaysWhichAndWhere() {
    var map = graph.input("map", TensorType.f32(1, 2, 2, 3));
    var moments = graph.apply("block.moments", new Moments(Over.BATCH), map);
    var seed = graph.input("seed", moments.type());
    assertThatThrownBy(() -> Gradients.of(graph, moments, seed))
        .isInstanceOf(UnsupportedOperationException.class)
        .hasMessage("block.moments: Moments has no gradient rule");
  }

  @Test
  void anOpWithoutAGradientIsFineWhereNoneIsAsked() {
    var labels = graph.input("labels", TensorType.of(DType.I32, 3));
    var target = graph.apply("target", new OneHot(3, 0, DType.F32), labels);
    var y = graph.apply("y", new Scale(2), x);
    assertThat(Gradients.of(graph, y, one).of(target)).isEmpty();
  }

  @Test
  void aContributionOfAnotherShapeIsABug() {
    var gradients = Gradients.of(graph, x, one);
    var wrong = graph.input("wrong", TensorType.f32(2));
    assertThatThrownBy(() -> gradients.add(x, wrong))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("gradient of x is f32(2), the value f32(3)");
  }

  @Test
  void ofBf16ActivationsStatisticsAndParametersStayFloat32() {
    var map = graph.input("map", TensorType.of(DType.BF16, 2, 3, 3, 4));
    var channels = TensorType.f32(4);
    var gamma = graph.state("gamma", channels);
    var beta = graph.state("beta", channels);
    var a = graph.state("a", TensorType.f32(4, 3));
    var moments = graph.apply("moments", new Moments(Over.BATCH), map);
    var norm =
        graph.apply("norm", new Normalize(Over.BATCH, 1e-5, true), map, moments, gamma, beta);
    var y = graph.apply("y", new Polynomial(2), norm, a);
    assertThat(moments.type()).isEqualTo(TensorType.f32(2, 4));
    assertThat(y.type()).isEqualTo(map.type());
    var gradients = Gradients.of(graph, y, graph.input("dy", y.type()));
    for (var of : List.of(map, gamma, beta, a)) {
      assertThat(gradients.of(of).orElseThrow().type()).isEqualTo(of.type());
    }
  }

  @Test
  void aContributionOfAnotherElementTypeIsABug() {
    var gradients = Gradients.of(graph, x, one);
    var wrong = graph.input("wrong", TensorType.of(DType.BF16, 3));
    assertThatThrownBy(() -> gradients.add(x, wrong))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("gradient of x is bf16(3), the value f32(3)");
  }

  private double[] value(Node node) {
    var procedure = new Procedure("g", graph, Map.of("dx", node), List.of());
    try (var harness = Harness.of(new ReferenceBackend(), procedure)) {
      return harness
          .write("x", HostTensor.of(Shape.of(3), 1f, 2f, 3f))
          .write("one", HostTensor.allocate(TYPE).fill(1))
          .run()
          .read("dx");
    }
  }
}
