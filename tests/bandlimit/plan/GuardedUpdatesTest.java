package bandlimit.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import bandlimit.backend.cpu.CpuBackend;
import bandlimit.backend.reference.ReferenceBackend;
import bandlimit.config.Optimizer;
import bandlimit.config.TrainConfig;
import bandlimit.conformance.Compare;
import bandlimit.conformance.SmallTraining;
import bandlimit.graph.op.AdamWStep;
import bandlimit.graph.op.ClipFactor;
import bandlimit.graph.op.FusedOp;
import bandlimit.graph.op.GuardedUpdate;
import bandlimit.graph.op.Op;
import bandlimit.graph.op.Scale;
import bandlimit.graph.op.SgdMomentum;
import bandlimit.graph.op.SgdStep;
import bandlimit.tensor.TensorType;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// One step for each parameter, which writes over the states it renews.
class GuardedUpdatesTest {
  private static final Target MACHINE =
      new Target() {
        @Override
        public boolean has(FusedOp op) {
          return op instanceof GuardedUpdate;
        }

        @Override
        public long scratchBytes(Op op, List<TensorType> in, TensorType out) {
          return 0;
        }
      };

  private static Optimizer sgd(double momentum, boolean nesterov, Optional<Double> clip) {
    return new Optimizer.Sgd(0.05, momentum, nesterov, 1e-3, false, clip);
  }

  private static Optimizer adamW(Optional<Double> clip) {
    return new Optimizer.AdamW(0.01, List.of(0.9, 0.99), 1e-8, 0.01, false, clip);
  }

  static Stream<Arguments> optimizers() {
    return Stream.of(
            sgd(0.9, false, Optional.empty()),
            sgd(0.9, true, Optional.of(1.0)),
            adamW(Optional.empty()),
            adamW(Optional.of(1.0)))
        .flatMap(o -> Stream.of(Arguments.of(o, true), Arguments.of(o, false)));
  }

  private static SmallTraining training(Optimizer optimizer, boolean ema) {
    return new SmallTraining(TrainConfig.Precision.FP32, optimizer, ema);
  }

  @ParameterizedTest
  @MethodSource("optimizers")
  void everyParameterIsRenewedInPlaceByOneStep(Optimizer optimizer, boolean ema) {
    var program = Planner.plan(training(optimizer, ema).procedures(), MACHINE);
    var plan = program.plan("train");
    var updates = plan.steps().stream().filter(step -> step.op() instanceof GuardedUpdate).toList();
    int states = (optimizer instanceof Optimizer.Sgd ? 2 : 3) + (ema ? 1 : 0);
    assertThat(updates).hasSizeGreaterThan(10);
    assertThat(updates)
        .allSatisfy(
            step -> {
              assertThat(step.out()).hasSize(states);
              assertThat(step.out()).allMatch(slot -> slot.space() == Slot.Space.STATE);
              assertThat(step.in()).containsAll(step.out());
            });
    assertThat(plan.steps())
        .noneMatch(
            step ->
                step.op() instanceof SgdStep
                    || step.op() instanceof SgdMomentum
                    || step.op() instanceof AdamWStep);
    assertThat(plan.steps().stream().filter(step -> step.op() instanceof ClipFactor))
        .hasSize(optimizer.clipGrad().isPresent() ? 1 : 0);
    assertThat(plan.steps()).as("copies").noneMatch(step -> step.op().equals(new Scale(1)));
  }

  @Test
  void withoutMomentumThereIsNothingToShare() {
    var procedures = training(sgd(0, false, Optional.empty()), true).procedures();
    assertThat(Planner.plan(procedures, MACHINE).plan("train").steps())
        .noneMatch(step -> step.op() instanceof GuardedUpdate);
  }

  @ParameterizedTest
  @MethodSource("optimizers")
  void trainingFusedAgreesWithTrainingUnfused(Optimizer optimizer, boolean ema) {
    var training = training(optimizer, ema);
    var reference = training.train(new ReferenceBackend(), PlanOptions.ALL, 3);
    try (var cpu = new CpuBackend(2)) {
      var fused = training.train(cpu, PlanOptions.ALL, 3);
      reference.forEach(
          (path, expected) -> {
            double tolerance = 1e-4 * Math.max(1e-2, Compare.max(expected));
            assertThat(fused.get(path)).as(path).containsExactly(expected, within(tolerance));
          });
    }
  }
}
