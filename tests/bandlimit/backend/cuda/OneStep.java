package bandlimit.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import bandlimit.graph.op.Op;
import bandlimit.plan.Slot;
import bandlimit.plan.Step;
import bandlimit.tensor.DType;
import bandlimit.tensor.HostTensor;
import bandlimit.tensor.TensorType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/// One step on the emulated device, without a plan around it: results and scratch memory hold NaNs
/// beforehand, and nothing may be written beside them.
final class OneStep {
  private static final byte POISON = (byte) 0xff; // NaN as f32 and bf16
  private static final long GAP = 256;
  private static final int NEW_BUFFER = -1;

  private final CudaOptions options;

  OneStep(CudaOptions options) {
    this.options = options;
  }

  HostTensor run(Op op, List<HostTensor> in) {
    return run(op, in, NEW_BUFFER);
  }

  /// With the result written over input `target`.
  HostTensor run(Op op, List<HostTensor> in, int target) {
    return run(
        op,
        in,
        target,
        (device, step, base) ->
            new CudaSteps(device, options, slot -> base + slot.offset()).prepare(step));
  }

  /// By the launches of `prepare`, whatever the table says.
  HostTensor run(Op op, List<HostTensor> in, Function<Site, List<Work>> prepare) {
    return run(
        op,
        in,
        NEW_BUFFER,
        (device, step, base) ->
            prepare.apply(new Site(device, options, step, slot -> base + slot.offset())));
  }

  /// Turns a step into launches, with slots counted from `base`.
  @FunctionalInterface
  private interface Prepare {
    List<Work> work(Device device, Step step, long base);
  }

  private HostTensor run(Op op, List<HostTensor> in, int target, Prepare prepare) {
    try (var device = Emulator.device()) {
      var block = new Block();
      var slots = in.stream().map(tensor -> block.slot(tensor.type())).toList();
      var types = in.stream().map(HostTensor::type).toList();
      var type = op.infer(types);
      var out = target == NEW_BUFFER ? block.slot(type) : slots.get(target);
      var scratch = scratch(op, types, type).map(block::slot);
      long base = device.allocate(block.bytes);
      device.write(base, poison(block.bytes));
      for (int i = 0; i < in.size(); i++) {
        device.write(base + slots.get(i).offset(), in.get(i).data());
      }
      var step = new Step("step", op, slots, List.of(out), scratch);
      prepare.work(device, step, base).forEach(device::launch);
      var result = HostTensor.allocate(type);
      device.read(result.data(), base + out.offset());
      for (long gap : block.gaps) {
        var bytes = Arena.ofAuto().allocate(GAP);
        device.read(bytes, base + gap);
        assertThat(bytes.mismatch(poison(GAP))).as("%s wrote beside its result", op).isEqualTo(-1);
      }
      return result;
    }
  }

  /// Names of the kernels that would run.
  List<String> kernels(Op op, List<TensorType> in) {
    try (var device = Emulator.device()) {
      var block = new Block();
      var slots = in.stream().map(block::slot).toList();
      var type = op.infer(in);
      var step =
          new Step(
              "step", op, slots, List.of(block.slot(type)), scratch(op, in, type).map(block::slot));
      return new CudaSteps(device, options, slot -> 4096 + slot.offset())
          .prepare(step).stream().map(Work::name).toList();
    }
  }

  private Optional<TensorType> scratch(Op op, List<TensorType> in, TensorType out) {
    long bytes = CudaSteps.scratchBytes(options, op, in, out);
    return bytes == 0
        ? Optional.empty()
        : Optional.of(TensorType.of(DType.U8, Math.toIntExact(bytes)));
  }

  private static MemorySegment poison(long bytes) {
    return Arena.ofAuto().allocate(bytes).fill(POISON);
  }

  /// Slots with gaps between them.
  private static final class Block {
    private final List<Long> gaps = new ArrayList<>();
    private long bytes;

    Block() {
      gap();
    }

    private void gap() {
      gaps.add(bytes);
      bytes = (bytes + GAP + 63) / 64 * 64;
    }

    Slot slot(TensorType type) {
      var slot = new Slot(Slot.Space.ARENA, bytes, type);
      bytes += type.bytes();
      gap();
      return slot;
    }
  }
}
