package bandlimit.backend.cuda;

import bandlimit.backend.Arguments;
import bandlimit.error.DeviceException;
import bandlimit.plan.Slot;
import bandlimit.plan.Step;
import bandlimit.tensor.DType;
import java.util.List;
import java.util.function.ToLongFunction;

/// Where a step is turned into launches: its operands at their addresses, and the kernels by name.
final class Site {
  /// Enough blocks for any GPU of today at full occupancy; kernels stride over the rest.
  static final int MANY_BLOCKS = 132 * 16;

  static final int THREADS = 256;

  private final Device device;
  private final CudaOptions options;
  private final Step step;
  private final List<Operand> in;
  private final List<Operand> out;
  private final long scratch;

  Site(Device device, CudaOptions options, Step step, ToLongFunction<Slot> addresses) {
    this.device = device;
    this.options = options;
    this.step = step;
    this.in = operands(step.in(), addresses);
    this.out = operands(step.out(), addresses);
    this.scratch = step.scratch().map(addresses::applyAsLong).orElse(0L);
  }

  private static List<Operand> operands(List<Slot> slots, ToLongFunction<Slot> addresses) {
    return slots.stream()
        .map(slot -> new Operand(slot.type(), addresses.applyAsLong(slot)))
        .toList();
  }

  CudaOptions options() {
    return options;
  }

  Step step() {
    return step;
  }

  List<Operand> in() {
    return in;
  }

  Operand in(int i) {
    return in.get(i);
  }

  Operand out() {
    return out.getFirst();
  }

  /// Part i of a fused step that writes several; 0 is its own value.
  Operand part(int i) {
    return out.get(i);
  }

  /// Shared memory that a block may ask for.
  int sharedBytes() {
    return device.sharedBytes();
  }

  /// Address of the bytes that `CudaSteps.scratchBytes` asked for.
  long scratch() {
    if (scratch == 0) {
      throw new IllegalStateException(step.name() + ": planned without scratch memory");
    }
    return scratch;
  }

  /// Input i, which must hold one of `types`; what the kernels of this family are written for.
  Operand in(int i, DType... types) {
    return checked("input " + i, in.get(i), types);
  }

  Operand out(DType... types) {
    return checked("the result", out(), types);
  }

  private Operand checked(String what, Operand operand, DType... types) {
    for (var type : types) {
      if (operand.dtype() == type) {
        return operand;
      }
    }
    throw new DeviceException(
        "%s: the %s device computes %s with %s in %s, got %s"
            .formatted(
                step.name(),
                device.name(),
                step.op().getClass().getSimpleName(),
                what,
                List.of(types),
                operand.type()));
  }

  Kernel kernel(String module, String name) {
    return device.kernel(module, name);
  }

  /// A launch of `kernels/MODULE.cu`'s kernel `name`, whose threads stride over `elements`.
  Launch flat(String module, String name, long elements, Arguments arguments) {
    return flat(kernel(module, name), elements, arguments);
  }

  static Launch flat(Kernel kernel, long elements, Arguments arguments) {
    long blocks = Math.min(MANY_BLOCKS, (elements + THREADS - 1) / THREADS);
    return new Launch(kernel, (int) Math.max(1, blocks), 1, 1, THREADS, 0, arguments);
  }

  /// A launch with a grid of its own.
  Launch grid(
      String module,
      String name,
      long x,
      long y,
      long z,
      int threads,
      int sharedBytes,
      Arguments arguments) {
    return new Launch(
        kernel(module, name),
        Math.toIntExact(x),
        Math.toIntExact(y),
        Math.toIntExact(z),
        threads,
        sharedBytes,
        arguments);
  }

  /// For a size that no kernel of the family takes: the rule, with its numbers.
  DeviceException tooMuch(String rule, Object... numbers) {
    return new DeviceException(
        "%s: the %s device runs %s with %s"
            .formatted(
                step.name(),
                device.name(),
                step.op().getClass().getSimpleName(),
                rule.formatted(numbers)));
  }

  /// For a kernel that is not written yet.
  DeviceException missing() {
    return new DeviceException(
        "%s: the %s device has no kernel for %s"
            .formatted(step.name(), device.name(), step.op().getClass().getSimpleName()));
  }
}
