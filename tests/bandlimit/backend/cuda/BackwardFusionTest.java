package bandlimit.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import bandlimit.backend.Backend;
import bandlimit.backend.reference.ReferenceBackend;
import bandlimit.conformance.Compare;
import bandlimit.conformance.Harness;
import bandlimit.graph.Gradients;
import bandlimit.graph.Graph;
import bandlimit.graph.Node;
import bandlimit.graph.op.Add;
import bandlimit.graph.op.ConvMoments;
import bandlimit.graph.op.Fn;
import bandlimit.graph.op.FusedOp;
import bandlimit.graph.op.Moments;
import bandlimit.graph.op.Normalize;
import bandlimit.graph.op.NormalizeRelu;
import bandlimit.graph.op.NormalizeReluBackward;
import bandlimit.graph.op.Over;
import bandlimit.graph.op.Pointwise;
import bandlimit.graph.op.Polynomial;
import bandlimit.graph.op.PolynomialBackward;
import bandlimit.graph.op.Scale;
import bandlimit.graph.op.ScaledPolynomial;
import bandlimit.plan.PlanOptions;
import bandlimit.plan.Procedure;
import bandlimit.tensor.HostTensor;
import bandlimit.tensor.TensorType;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// Where two gradients become one step, and where they must not.
class BackwardFusionTest {
  private static final TensorType MAP = TensorType.f32(3, 7, 5, 12);

  private static CudaBackend cuda;

  private final Graph graph = new Graph();
  private final Map<String, Node> outputs = new LinkedHashMap<>();
  private final Node x = graph.input("x", MAP);
  private final Node gamma = graph.input("gamma", TensorType.f32(12));
  private final Node beta = graph.input("beta", TensorType.f32(12));
  private final Node coefficients = graph.input("a", TensorType.f32(12, 4));

  @BeforeAll
  static void open() {
    cuda = Emulator.open();
  }

  @AfterAll
  static void close() {
    if (cuda != null) {
      cuda.close();
    }
  }

  @Test
  void aNormalisationBehindAReluGoesBackInOneStep() {
    backwards(relu(normalize(x)), x, gamma, beta);
    agrees(NormalizeRelu.class, NormalizeReluBackward.class);
  }

  /// The same values are the sums' part and dx, of which only dx is asked for.
  @Test
  void sumsThatNobodyReadsHaveAPlace() {
    backwards(relu(normalize(x)), x);
    agrees(NormalizeRelu.class, NormalizeReluBackward.class);
  }

  @Test
  void aGradientThatSomeoneElseReadsStays() {
    var side = graph.input("side", MAP);
    var sum = graph.apply("sum", new Add(), normalize(x), side);
    backwards(relu(sum), x, gamma, side);
    agrees(NormalizeRelu.class); // the gradient inside is also that of the side branch
  }

  @Test
  void anotherActivationStays() {
    backwards(graph.apply("act", new Pointwise(Fn.SILU), normalize(x)), x, gamma);
    agrees();
  }

  @Test
  void aPolynomialsGradientsAreOneStep() {
    var p = graph.apply("p", new Polynomial(3), x, coefficients);
    backwards(p, x, coefficients);
    agrees(PolynomialBackward.class);
  }

  @Test
  void factorsAroundAPolynomialGoIntoItsCoefficients() {
    var in = graph.apply("in", new Scale(0.5), x);
    var p = graph.apply("p", new Polynomial(3), in, coefficients);
    backwards(graph.apply("out", new Scale(3), p), x, coefficients);
    agrees(ScaledPolynomial.class, PolynomialBackward.class);
  }

  @Test
  void aFactorThatSomeoneElseReadsStays() {
    var in = graph.apply("in", new Scale(0.5), x);
    var p = graph.apply("p", new Polynomial(3), in, coefficients);
    var y = graph.apply("out", new Scale(3), p);
    backwards(graph.apply("sum", new Add(), y, in), x, coefficients);
    agrees(ScaledPolynomial.class, PolynomialBackward.class);
  }

  @Test
  void withoutItsCoefficientsAPolynomialStays() {
    backwards(graph.apply("p", new Polynomial(3), x, coefficients), x);
    agrees();
  }

  private Node normalize(Node of) {
    var moments = graph.apply("moments", new Moments(Over.BATCH), of);
    return graph.apply("norm", new Normalize(Over.BATCH, 1e-3, true), of, moments, gamma, beta);
  }

  private Node relu(Node of) {
    return graph.apply("relu", new Pointwise(Fn.RELU), of);
  }

  private void backwards(Node y, Node... to) {
    outputs.put("y", y);
    var gradients = Gradients.of(graph, y, graph.input("dy", y.type()));
    for (Node leaf : to) {
      outputs.put("d" + leaf.path(), gradients.of(leaf).orElseThrow());
    }
  }

  /// Fused, unfused and by the reference it is the same, and these are the fused steps.
  private void agrees(Class<?>... fused) {
    var procedure = new Procedure("p", graph, outputs, List.of());
    var expected = run(new ReferenceBackend(), procedure, PlanOptions.ALL);
    var plain = run(cuda, procedure, PlanOptions.ALL.withoutFuse());
    var together = run(cuda, procedure, PlanOptions.ALL);
    outputs.forEach(
        (name, node) -> {
          var right = Objects.requireNonNull(expected.get(name));
          double tolerance = 1e-5 * Compare.max(right);
          var shape = node.shape();
          assertThat(
                  Compare.difference(
                      shape, right, Objects.requireNonNull(plain.get(name)), tolerance))
              .as("unfused " + name)
              .isEmpty();
          assertThat(
                  Compare.difference(
                      shape, right, Objects.requireNonNull(together.get(name)), tolerance))
              .as("fused " + name)
              .isEmpty();
        });
    try (var harness = Harness.of(cuda, procedure, PlanOptions.ALL)) {
      var found = new ArrayList<Class<?>>();
      for (var step : harness.plan().steps()) {
        if (step.op() instanceof FusedOp && !(step.op() instanceof ConvMoments)) {
          found.add(step.op().getClass());
        }
      }
      assertThat(found).containsExactly(fused);
    }
  }

  private Map<String, double[]> run(Backend backend, Procedure procedure, PlanOptions options) {
    var random = new Random(5);
    Map<String, double[]> values = new LinkedHashMap<>();
    try (var harness = Harness.of(backend, procedure, options)) {
      for (var node : graph.nodes()) {
        if (node.op() instanceof bandlimit.graph.op.Input) {
          var value = HostTensor.allocate(node.type());
          for (int i = 0; i < value.shape().intSize(); i++) {
            value.set(i, random.nextGaussian());
          }
          harness.write(node.path(), value);
        }
      }
      harness.run();
      outputs.keySet().forEach(name -> values.put(name, harness.read(name)));
    }
    return values;
  }
}
