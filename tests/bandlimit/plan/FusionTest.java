package bandlimit.plan;

import static org.assertj.core.api.Assertions.assertThat;

import bandlimit.backend.Backend;
import bandlimit.backend.cpu.CpuBackend;
import bandlimit.backend.reference.ReferenceBackend;
import bandlimit.conformance.Compare;
import bandlimit.conformance.Harness;
import bandlimit.conformance.SmallTraining;
import bandlimit.graph.Gradients;
import bandlimit.graph.Graph;
import bandlimit.graph.Node;
import bandlimit.graph.op.Add;
import bandlimit.graph.op.Conv2d;
import bandlimit.graph.op.ConvBiasRelu;
import bandlimit.graph.op.ConvGeometry;
import bandlimit.graph.op.ConvNormalizeRelu;
import bandlimit.graph.op.FilteredPolynomial;
import bandlimit.graph.op.FilteredPolynomialBackward;
import bandlimit.graph.op.Fn;
import bandlimit.graph.op.FusedOp;
import bandlimit.graph.op.IdealResample;
import bandlimit.graph.op.Moments;
import bandlimit.graph.op.Normalize;
import bandlimit.graph.op.NormalizeRelu;
import bandlimit.graph.op.Op;
import bandlimit.graph.op.Over;
import bandlimit.graph.op.Pointwise;
import bandlimit.graph.op.Polynomial;
import bandlimit.signal.IdealResampler;
import bandlimit.tensor.HostTensor;
import bandlimit.tensor.TensorType;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// The oracle of a fused step is its unfused self.
class FusionTest {
  private static final Backend CPU = new CpuBackend();
  private static final TensorType MAP = TensorType.f32(2, 7, 5, 9);
  private static final TensorType CHANNELS = TensorType.f32(9);

  private final Graph graph = new Graph();
  private final Node x = graph.input("x", MAP);
  private final Node residual = graph.input("residual", MAP);
  private final Node gamma = graph.input("gamma", CHANNELS);
  private final Node beta = graph.input("beta", CHANNELS);

  /// What stands between the normalisation and the ReLU.
  enum Form {
    ALONE,
    SUM_FIRST,
    SUM_SECOND
  }

  @AfterAll
  static void close() {
    CPU.close();
  }

  @ParameterizedTest
  @EnumSource
  void fusedPlanEqualsUnfusedPlan(Form form) {
    var procedure = procedure(Map.of("y", relu(form)));
    try (var fused = harness(procedure, CPU, PlanOptions.ALL);
        var plain = harness(procedure, CPU, PlanOptions.ALL.withoutFuse());
        var reference = harness(procedure, new ReferenceBackend(), PlanOptions.ALL)) {
      assertThat(fusedSteps(fused.plan())).hasSize(1);
      assertThat(fused.plan().steps().size()).isLessThan(plain.plan().steps().size());
      assertThat(fusedSteps(plain.plan())).isEmpty();
      assertThat(fusedSteps(reference.plan())).isEmpty();
      double[] expected = reference.run().read("y");
      double tolerance = 1e-6 * Compare.max(expected);
      var shape = MAP.shape();
      assertThat(Compare.difference(shape, expected, plain.run().read("y"), tolerance)).isEmpty();
      assertThat(Compare.difference(shape, expected, fused.run().read("y"), tolerance)).isEmpty();
    }
  }

  @Test
  void aStepWithTwoResultsHasAPlaceForEach() {
    var w = graph.input("w", TensorType.f32(4, 3, 3, 9));
    var y = graph.apply("conv", new Conv2d(ConvGeometry.of(1, 1)), x, w);
    var moments = graph.apply("moments", new Moments(Over.BATCH), y);
    var procedure = procedure(Map.of("y", y, "moments", moments));
    var plan = Planner.plan(List.of(procedure), new EverythingFused()).plan("fusion");
    assertThat(plan.steps()).hasSize(1);
    var out = plan.steps().getFirst().out();
    assertThat(out).containsExactly(plan.output("y"), plan.output("moments"));
    long between = out.get(1).offset() - out.get(0).offset();
    assertThat(between >= out.get(0).type().bytes() || -between >= out.get(1).type().bytes())
        .as("%s and %s do not overlap", out.get(0), out.get(1))
        .isTrue();
  }

  /// What follows a convolution, and how much of it becomes one step with it.
  @Test
  void aConvolutionTakesBiasResidualAndReluWithIt() {
    var conv = conv();
    var bias = graph.apply("bias", new Add(), conv, beta);
    var sum = graph.apply("sum", new Add(), residual, bias);
    var relu = graph.apply("relu", new Pointwise(Fn.RELU), sum);
    assertThat(everythingFused(relu)).containsExactly(fused(true, true, true));
    assertThat(everythingFused(sum)).containsExactly(fused(true, true, false));
    assertThat(everythingFused(bias)).containsExactly(fused(true, false, false));
    assertThat(everythingFused(conv)).containsExactly(new Conv2d(ConvGeometry.of(1, 1)));
    // what someone else reads stays
    assertThat(everythingFused(relu, bias))
        .containsExactly(fused(true, false, false), new Add(), new Pointwise(Fn.RELU));
  }

  @Test
  void aConvolutionDoesNotTakeWhatIsNoBias() {
    var one = graph.input("one", TensorType.f32(1));
    var rows = graph.input("rows", TensorType.f32(2, 1, 1, 9));
    for (var more : List.of(one, rows)) {
      var sum = graph.apply("sum", new Add(), conv(), more);
      assertThat(everythingFused(sum))
          .containsExactly(new Conv2d(ConvGeometry.of(1, 1)), new Add());
    }
  }

  /// In evaluation, where the statistics stand still.
  @Test
  void aConvolutionTakesItsNormalisationWithIt() {
    var norm = normalized(false);
    var sum = graph.apply("sum", new Add(), residual, norm);
    var relu = graph.apply("relu", new Pointwise(Fn.RELU), sum);
    assertThat(everythingFused(relu)).containsExactly(normalizing(true, true));
    assertThat(everythingFused(sum)).containsExactly(normalizing(true, false));
    assertThat(everythingFused(norm)).containsExactly(normalizing(false, false));
    assertThat(everythingFused(relu, norm))
        .containsExactly(normalizing(false, false), new Add(), new Pointwise(Fn.RELU));
  }

  /// In training the statistics are those of the convolution's own result.
  @Test
  void liveStatisticsStay() {
    assertThat(everythingFused(normalized(true)))
        .containsExactly(new Conv2d(ConvGeometry.of(1, 1)), new Normalize(Over.BATCH, 1e-5, true));
  }

  private Node normalized(boolean live) {
    var statistics = graph.input("statistics", TensorType.f32(2, 9));
    var op = new Normalize(Over.BATCH, 1e-5, live);
    return graph.apply("norm", op, conv(), statistics, gamma, beta);
  }

  private static ConvNormalizeRelu normalizing(boolean residual, boolean relu) {
    return new ConvNormalizeRelu(ConvGeometry.of(1, 1), 1e-5, residual, relu);
  }

  /// Forwards and backwards, the fine grid is never a tensor.
  @Test
  void theAliasFreeActivationIsOneStepEachWay() {
    var up = new IdealResample(IdealResampler.resize(7, 14), IdealResampler.resize(5, 10));
    var down = new IdealResample(IdealResampler.resize(14, 7), IdealResampler.resize(10, 5));
    var a = graph.input("a", TensorType.f32(9, 3));
    var fine = up.on(graph, "up", x);
    var y = down.on(graph, "down", graph.apply("p", new Polynomial(2), fine, a));
    var gradients = Gradients.of(graph, y, graph.input("dy", MAP));
    assertThat(everythingFused(y)).containsExactly(new FilteredPolynomial(up, 2, down));
    assertThat(everythingFused(y, gradients.of(x).orElseThrow(), gradients.of(a).orElseThrow()))
        .containsExactlyInAnyOrder(
            new FilteredPolynomial(up, 2, down),
            new FilteredPolynomialBackward(up, 2, down, false));
    // a result that someone reads is made
    assertThat(everythingFused(y, fine)).contains(up);
  }

  private Node conv() {
    var w = graph.input("w", TensorType.f32(9, 3, 3, 9));
    return graph.apply("conv", new Conv2d(ConvGeometry.of(1, 1)), x, w);
  }

  private static ConvBiasRelu fused(boolean bias, boolean residual, boolean relu) {
    return new ConvBiasRelu(ConvGeometry.of(1, 1), bias, residual, relu);
  }

  private List<Op> everythingFused(Node... outputs) {
    var named = new LinkedHashMap<String, Node>();
    for (var output : outputs) {
      named.put("y" + named.size(), output);
    }
    return Planner.plan(List.of(procedure(named)), new EverythingFused())
        .plan("fusion")
        .steps()
        .stream()
        .map(Step::op)
        .toList();
  }

  /// A machine that nobody runs.
  private record EverythingFused() implements Target {
    @Override
    public boolean has(FusedOp op) {
      return true;
    }

    @Override
    public long scratchBytes(Op op, List<TensorType> in, TensorType out) {
      return 0;
    }
  }

  @Test
  void whatSomeoneElseReadsIsNotFusedAway() {
    var y = normalize();
    var relu = graph.apply("relu", new Pointwise(Fn.RELU), y);
    var plan = plan(procedure(Map.of("relu", relu, "y", y)));
    assertThat(fusedSteps(plan)).isEmpty();
  }

  @Test
  void aStretchedResidualIsNotFused() {
    var sum = graph.apply("sum", new Add(), normalize(), gamma);
    var plan = plan(procedure(Map.of("y", graph.apply("relu", new Pointwise(Fn.RELU), sum))));
    assertThat(fusedSteps(plan)).isEmpty();
  }

  @Test
  void anotherActivationIsNotFused() {
    var plan =
        plan(procedure(Map.of("y", graph.apply("act", new Pointwise(Fn.SILU), normalize()))));
    assertThat(fusedSteps(plan)).isEmpty();
  }

  @Test
  void aFusedOpIsDefinedByCoreOps() {
    var moments = graph.apply("moments", new Moments(Over.BATCH), x);
    var inputs = List.of(x, moments, gamma, beta, residual);
    var op = new NormalizeRelu(new Normalize(Over.BATCH, 1e-5, true), true);
    var defined = op.define(graph, "y", inputs);
    assertThat(defined.type()).isEqualTo(op.infer(inputs.stream().map(Node::type).toList()));
    assertThat(graph.nodes()).noneMatch(node -> node.op() instanceof FusedOp);
  }

  @Test
  void trainingFusedAgreesWithTrainingUnfused() {
    var training = new SmallTraining();
    var plan = Planner.plan(training.procedures(), CPU).plan("train");
    assertThat(fusedSteps(plan)).filteredOn(step -> step.op() instanceof NormalizeRelu).hasSize(3);
    var fused = training.train(CPU, PlanOptions.ALL, 4);
    var plain = training.train(CPU, PlanOptions.ALL.withoutFuse(), 4);
    var reference = training.train(new ReferenceBackend(), PlanOptions.ALL, 4);
    reference.forEach(
        (path, expected) -> {
          double tolerance = 1e-4 * Math.max(1e-2, Compare.max(expected));
          assertThat(plain.get(path)).as(path).containsExactly(expected, within(tolerance));
          assertThat(fused.get(path)).as(path).containsExactly(expected, within(tolerance));
        });
  }

  private static org.assertj.core.data.Offset<Double> within(double tolerance) {
    return org.assertj.core.data.Offset.offset(tolerance);
  }

  private Node normalize() {
    var moments = graph.apply("moments", new Moments(Over.BATCH), x);
    return graph.apply("norm", new Normalize(Over.BATCH, 1e-5, true), x, moments, gamma, beta);
  }

  private Node relu(Form form) {
    var y = normalize();
    var sum =
        switch (form) {
          case ALONE -> y;
          case SUM_FIRST -> graph.apply("sum", new Add(), y, residual);
          case SUM_SECOND -> graph.apply("sum", new Add(), residual, y);
        };
    return graph.apply("relu", new Pointwise(Fn.RELU), sum);
  }

  private Procedure procedure(Map<String, Node> outputs) {
    return new Procedure("fusion", graph, outputs, List.of());
  }

  private static Plan plan(Procedure procedure) {
    return Planner.plan(List.of(procedure), CPU).plan("fusion");
  }

  private static List<Step> fusedSteps(Plan plan) {
    return plan.steps().stream().filter(step -> step.op() instanceof FusedOp).toList();
  }

  private static Harness harness(Procedure procedure, Backend backend, PlanOptions options) {
    var harness = Harness.of(backend, procedure, options);
    var random = new Random(17);
    for (String input : List.of("x", "residual", "gamma", "beta")) {
      var value =
          HostTensor.allocate(input.length() > 1 && !input.equals("residual") ? CHANNELS : MAP);
      for (int i = 0; i < value.shape().size(); i++) {
        value.set(i, random.nextGaussian());
      }
      harness.write(input, value);
    }
    return harness;
  }
}
