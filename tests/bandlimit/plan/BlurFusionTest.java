package bandlimit.plan;

import static org.assertj.core.api.Assertions.assertThat;

import bandlimit.backend.Backend;
import bandlimit.backend.cuda.Emulator;
import bandlimit.backend.reference.ReferenceBackend;
import bandlimit.conformance.Compare;
import bandlimit.conformance.Harness;
import bandlimit.graph.Gradients;
import bandlimit.graph.Graph;
import bandlimit.graph.Node;
import bandlimit.graph.op.Fn;
import bandlimit.graph.op.Fold;
import bandlimit.graph.op.FoldedResample;
import bandlimit.graph.op.FusedOp;
import bandlimit.graph.op.MaxPool;
import bandlimit.graph.op.MaxPoolGrad;
import bandlimit.graph.op.MaxPoolResample;
import bandlimit.graph.op.Moments;
import bandlimit.graph.op.Normalize;
import bandlimit.graph.op.NormalizeRelu;
import bandlimit.graph.op.NormalizeReluBackward;
import bandlimit.graph.op.NormalizeReluResample;
import bandlimit.graph.op.Op;
import bandlimit.graph.op.Over;
import bandlimit.graph.op.Pad;
import bandlimit.graph.op.PaddedResample;
import bandlimit.graph.op.Pointwise;
import bandlimit.graph.op.Resample;
import bandlimit.graph.op.Slice;
import bandlimit.signal.Boundary;
import bandlimit.signal.Filter;
import bandlimit.signal.Resampler;
import bandlimit.tensor.HostTensor;
import bandlimit.tensor.TensorType;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// What a blur takes into its step, and what it leaves alone because somebody else reads it.
class BlurFusionTest {
  private static final TensorType MAP = TensorType.f32(2, 9, 8, 8);

  /// A machine with these fused steps.
  private static Target machine(Predicate<FusedOp> has) {
    return new Target() {
      @Override
      public boolean has(FusedOp op) {
        return has.test(op);
      }

      @Override
      public long scratchBytes(Op op, List<TensorType> in, TensorType out) {
        return 0;
      }
    };
  }

  private final Graph graph = new Graph();
  private final Node x = graph.input("x", MAP);
  private final Map<String, Node> outputs = new LinkedHashMap<>();

  private Node pad(Node of, Boundary mode) {
    return graph.apply("pad", new Pad(mode, 1, 2, 1, 2), of);
  }

  private Node blur(Node of, Boundary mode) {
    boolean zero = mode == Boundary.ZERO;
    var axis = new Resampler(Filter.binomial(4).taps(), 1, 2, zero ? 1 : 0, zero ? 2 : 0);
    return graph.apply("blur", new Resample(axis, axis), zero ? of : pad(of, mode));
  }

  private Node activation(boolean live) {
    var moments = graph.apply("moments", new Moments(Over.BATCH), x);
    var statistics = live ? moments : graph.input("statistics", TensorType.f32(2, 8));
    var gamma = graph.input("gamma", TensorType.f32(8));
    var beta = graph.input("beta", TensorType.f32(8));
    var normalize = new Normalize(Over.BATCH, 1e-3, live);
    var norm = graph.apply("norm", normalize, x, statistics, gamma, beta);
    return graph.apply("relu", new Pointwise(Fn.RELU), norm);
  }

  private Node pool() {
    return graph.apply("pool", MaxPool.of(2, 1, 0), x);
  }

  private void gradient(Node y) {
    outputs.put("dx", gradients(y, x));
  }

  private Node gradients(Node y, Node of) {
    return Gradients.of(graph, y, graph.input("dy", y.type())).of(of).orElseThrow();
  }

  private Procedure procedure() {
    return new Procedure("blurs", graph, outputs, List.of());
  }

  private List<Class<?>> steps() {
    return steps(machine(op -> true));
  }

  private List<Class<?>> steps(Target target) {
    var steps = new ArrayList<Class<?>>();
    Planner.plan(List.of(procedure()), target)
        .plan("blurs")
        .steps()
        .forEach(step -> steps.add(step.op().getClass()));
    return steps;
  }

  @Test
  void aBlurTakesItsBorder() {
    outputs.put("y", blur(x, Boundary.REFLECT));
    assertThat(steps()).isEqualTo(List.of(PaddedResample.class));
  }

  @Test
  void withZerosBeyondTheEdgeThereIsNothingToTake() {
    outputs.put("y", blur(x, Boundary.ZERO));
    assertThat(steps()).isEqualTo(List.of(Resample.class));
  }

  @Test
  void aPaddedMapThatIsReadTwiceStays() {
    var y = blur(x, Boundary.REFLECT);
    outputs.put("y", y);
    outputs.put("padded", y.input(0));
    assertThat(steps()).isEqualTo(List.of(Pad.class, Resample.class));
  }

  @ParameterizedTest
  @EnumSource(names = {"REFLECT", "ZERO"})
  void aBlurTakesThePoolThatItAloneReads(Boundary mode) {
    outputs.put("y", blur(pool(), mode));
    assertThat(steps()).isEqualTo(List.of(MaxPoolResample.class));
  }

  @Test
  void aPoolThatIsReadTwiceStays() {
    var pool = pool();
    outputs.put("y", blur(pool, Boundary.REFLECT));
    outputs.put("pool", pool);
    assertThat(steps()).isEqualTo(List.of(MaxPool.class, PaddedResample.class));
  }

  /// The gradient of a max-pool looks at its input, not at its result.
  @Test
  void trainingTakesThePoolToo() {
    var y = blur(pool(), Boundary.REFLECT);
    outputs.put("y", y);
    gradient(y);
    assertThat(steps())
        .isEqualTo(List.of(MaxPoolResample.class, FoldedResample.class, MaxPoolGrad.class));
  }

  @ParameterizedTest
  @EnumSource(names = {"REFLECT", "ZERO"})
  void aBlurTakesTheActivationThatItAloneReads(Boundary mode) {
    outputs.put("y", blur(activation(false), mode));
    assertThat(steps()).isEqualTo(List.of(NormalizeReluResample.class));
  }

  @Test
  void anActivationThatIsReadTwiceStays() {
    var activation = activation(false);
    outputs.put("y", blur(activation, Boundary.REFLECT));
    outputs.put("activation", activation);
    assertThat(steps()).isEqualTo(List.of(NormalizeRelu.class, PaddedResample.class));
  }

  /// The gradient of a normalised activation makes it anew, so the blur is its only reader.
  @Test
  void trainingTakesTheActivationToo() {
    var y = blur(activation(true), Boundary.REFLECT);
    outputs.put("y", y);
    gradient(y);
    outputs.put("dgamma", gradients(y, graph.input("gamma", TensorType.f32(8))));
    assertThat(steps())
        .isEqualTo(
            List.of(
                Moments.class,
                NormalizeReluResample.class,
                FoldedResample.class,
                NormalizeReluBackward.class,
                Slice.class));
  }

  @Test
  void aMachineThatKeepsTheActivationForItsGradientKeepsItForTheBlur() {
    var y = blur(activation(true), Boundary.REFLECT);
    outputs.put("y", y);
    gradient(y);
    var without = machine(op -> !(op instanceof NormalizeReluBackward));
    assertThat(steps(without)).contains(NormalizeRelu.class, PaddedResample.class);
  }

  @Test
  void whatAMachineLacksStaysAsItWas() {
    outputs.put("y", blur(activation(false), Boundary.REFLECT));
    outputs.put("z", blur(pool(), Boundary.CIRCULAR));
    gradient(blur(x, Boundary.REPLICATE));
    assertThat(steps(machine(op -> false)))
        .contains(Fold.class)
        .noneMatch(FusedOp.class::isAssignableFrom);
  }

  @ParameterizedTest
  @EnumSource
  void fusedPlanEqualsUnfusedPlan(Boundary mode) {
    outputs.put("pooled", blur(pool(), mode));
    outputs.put("activated", blur(activation(false), mode));
    var y = blur(activation(true), mode);
    outputs.put("y", y);
    gradient(y);
    outputs.put("dz", gradients(blur(graph.input("z", MAP), mode), graph.input("z", MAP)));
    try (var backend = Emulator.open();
        var fused = harness(backend, PlanOptions.ALL);
        var plain = harness(backend, PlanOptions.ALL.withoutFuse());
        var reference = harness(new ReferenceBackend(), PlanOptions.ALL)) {
      assertThat(fused.plan().steps()).hasSizeLessThan(plain.plan().steps().size() - 4);
      fused.run();
      plain.run();
      reference.run();
      outputs.forEach(
          (name, node) -> {
            double[] expected = reference.read(name);
            double tolerance = 4e-6 * Math.max(1, Compare.max(expected));
            for (var harness : List.of(plain, fused)) {
              assertThat(Compare.difference(node.shape(), expected, harness.read(name), tolerance))
                  .as(name)
                  .isEmpty();
            }
          });
    }
  }

  private Harness harness(Backend backend, PlanOptions options) {
    var harness = Harness.of(backend, procedure(), options);
    var random = new Random(3);
    harness
        .plan()
        .inputs()
        .forEach(
            (name, slot) -> {
              var value = HostTensor.allocate(slot.type());
              for (int i = 0; i < slot.type().shape().size(); i++) {
                double normal = random.nextGaussian();
                value.set(i, name.equals("statistics") ? Math.abs(normal) : normal);
              }
              harness.write(name, value);
            });
    return harness;
  }
}
