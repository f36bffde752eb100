package bandlimit.device;

import static org.assertj.core.api.Assertions.assertThat;

import bandlimit.backend.Backend;
import bandlimit.backend.Executable;
import bandlimit.backend.cpu.CpuBackend;
import bandlimit.backend.reference.ReferenceBackend;
import bandlimit.graph.op.FusedOp;
import bandlimit.graph.op.Op;
import bandlimit.plan.Plan;
import bandlimit.plan.Program;
import bandlimit.plan.Slot;
import bandlimit.tensor.DType;
import bandlimit.tensor.HostTensor;
import bandlimit.tensor.TensorType;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

class SelfTestTest {
  private final Backend reference = new ReferenceBackend();

  @Test
  void theCpuAgreesAndRepeats() {
    try (var cpu = new CpuBackend(2)) {
      var result = SelfTest.agrees(reference, cpu);
      assertThat(result.passed()).as(result.toString()).isTrue();
      assertThat(result.difference()).isGreaterThan(0).isLessThan(1e-5);
    }
    var repeats = SelfTest.repeats(List.of(() -> new CpuBackend(2), () -> new CpuBackend(1)));
    assertThat(repeats.passed()).as(repeats.toString()).isTrue();
  }

  @Test
  void trainingMovesEveryParameter() {
    // a device that keeps its first values must not pass: each parameter has to move visibly
    for (var state :
        List.of("block1.weight", "block1.gamma", "block2.weight", "block2.beta", "linear.weight")) {
      var frozen = new Bent(state, _ -> HostTensor.allocate(TensorType.f32()), true);
      var result = SelfTest.agrees(reference, frozen);
      assertThat(result.passed()).as(state).isFalse();
      assertThat(result.where()).isEqualTo(state);
    }
  }

  @Test
  void aSlightlyWrongWeightIsNamed() {
    var result =
        SelfTest.agrees(reference, new Bent("block2.weight", t -> scaled(t, 1.001), false));
    assertThat(result.passed()).isFalse();
    assertThat(result.where()).isEqualTo("block2.weight");
    assertThat(result.difference()).isBetween(0.0009, 0.0011);
  }

  @Test
  void notANumberFails() {
    var result = SelfTest.agrees(reference, new Bent("loss", t -> scaled(t, Double.NaN), false));
    assertThat(result.passed()).isFalse();
  }

  @Test
  void oneBitIsEnoughToNotRepeat() {
    var result =
        SelfTest.repeats(
            List.of(
                ReferenceBackend::new,
                () -> new Bent("momentum/linear.weight", t -> scaled(t, 1 + 0x1p-52), false)));
    assertThat(result.passed()).isFalse();
    assertThat(result.where()).isEqualTo("momentum/linear.weight");
  }

  private static HostTensor scaled(HostTensor tensor, double factor) {
    var wide = tensor.to(DType.F64);
    for (long i = 0; i < wide.shape().size(); i++) {
      wide.set(i, wide.get(i) * factor);
    }
    return wide;
  }

  /// The reference, but what it reads back of one state is bent, or stays what was written first.
  private record Bent(String path, UnaryOperator<HostTensor> bend, boolean frozen)
      implements Backend {
    @Override
    public String name() {
      return "bent";
    }

    @Override
    public String describe() {
      return "bent";
    }

    @Override
    public boolean has(FusedOp op) {
      return false;
    }

    @Override
    public long scratchBytes(Op op, List<TensorType> in, TensorType out) {
      return 0;
    }

    @Override
    public int elementBytes(DType dtype) {
      return new ReferenceBackend().elementBytes(dtype);
    }

    @Override
    public void close() {
      // the reference holds nothing
    }

    @Override
    public Executable compile(Program program) {
      var plan = program.plans().values().iterator().next();
      var bent = path.equals("loss") ? plan.output("loss") : program.state(path);
      return new BentExecutable(new ReferenceBackend().compile(program), bent, bend, frozen);
    }
  }

  private static final class BentExecutable implements Executable {
    private final Executable inner;
    private final Slot bent;
    private final UnaryOperator<HostTensor> bend;
    private final boolean frozen;
    private HostTensor first = HostTensor.allocate(TensorType.f32());

    BentExecutable(Executable inner, Slot bent, UnaryOperator<HostTensor> bend, boolean frozen) {
      this.inner = inner;
      this.bent = bent;
      this.bend = bend;
      this.frozen = frozen;
    }

    @Override
    public Program program() {
      return inner.program();
    }

    @Override
    public void write(Slot slot, HostTensor value) {
      inner.write(slot, value);
      if (slot.equals(bent)) {
        first = value.to(DType.F64);
      }
    }

    @Override
    public void read(Slot slot, HostTensor into) {
      inner.read(slot, into);
    }

    @Override
    public HostTensor read(Slot slot) {
      if (!slot.equals(bent)) {
        return inner.read(slot);
      }
      return frozen ? first : bend.apply(inner.read(slot));
    }

    @Override
    public void run(Plan plan) {
      inner.run(plan);
    }

    @Override
    public void run(Plan plan, Observer observer) {
      inner.run(plan, observer);
    }

    @Override
    public void close() {
      inner.close();
    }
  }
}
