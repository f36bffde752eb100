package bandlimit.backend.cuda;

import bandlimit.backend.Arguments;
import java.util.List;

/// A step whose element i comes from element i of each operand, as `kernels/elementwise.cuh` runs
/// it: plain, 16 bytes at a time, or together with its like in one launch ([Groups]).
///
/// @param module the file of the kernels, named `STEM_TYPE`, `STEM_v_TYPE`, `STEM_many_TYPE`
/// @param x at most 3, each as long as `y`
/// @param n what the kernel counts: elements, or bytes
/// @param pack how many of them are in 16 bytes of `y`
/// @param numbers at most 2 operands of one element
/// @param values at most 4 attributes
/// @param groups whether there is a kernel for many tensors
record Elementwise(
    String module,
    String stem,
    String type,
    List<Operand> x,
    Operand y,
    long n,
    int pack,
    List<Operand> numbers,
    List<Double> values,
    boolean groups) {
  /// What a block of a launch for many tensors does.
  static final int PACKS_OF_BLOCK = 4 * Site.THREADS;

  private static final int OPERANDS = 3;
  private static final int NUMBERS = 2;
  private static final int VALUES = 4;

  /// Steps of equal keys run the same kernel with the same numbers.
  record Key(String module, String stem, String type, List<Operand> numbers, List<Double> values) {}

  /// Kernels that compute with the element type of `y`.
  static Elementwise of(String module, String stem, List<Operand> x, Operand y) {
    return new Elementwise(
        module, stem, y.suffix(), x, y, y.size(), y.pack(), List.of(), List.of(), false);
  }

  /// Kernels that move bytes of any element type.
  static Elementwise bytes(String module, String stem, List<Operand> x, Operand y) {
    return new Elementwise(
        module, stem, "bytes", x, y, y.type().bytes(), 16, List.of(), List.of(), true);
  }

  Elementwise withType(String changed) {
    return new Elementwise(module, stem, changed, x, y, n, pack, numbers, values, groups);
  }

  Elementwise withNumbers(Operand... changed) {
    return new Elementwise(module, stem, type, x, y, n, pack, List.of(changed), values, groups);
  }

  Elementwise withValues(Double... changed) {
    return new Elementwise(module, stem, type, x, y, n, pack, numbers, List.of(changed), groups);
  }

  Elementwise grouping() {
    return new Elementwise(module, stem, type, x, y, n, pack, numbers, values, true);
  }

  Key key() {
    return new Key(module, stem, type, numbers, values);
  }

  /// Whether 16 bytes at a time will do; arena slots begin at multiples of 64.
  boolean isAligned() {
    return y.isAligned() && x.stream().allMatch(Operand::isAligned);
  }

  List<Work> launch(Site site) {
    boolean fast = site.options().fast() && n >= pack && isAligned();
    var arguments = numbers(tensors(new Arguments()));
    String name = stem + (fast ? "_v_" : "_") + type;
    return List.of(site.flat(module, name, fast ? n / pack : n, arguments));
  }

  Kernel manyKernel(Device device) {
    return device.kernel(module, stem + "_many_" + type);
  }

  /// Blocks of a launch for many tensors.
  long blocks() {
    return Math.max(1, Math.ceilDiv(n / pack, (long) PACKS_OF_BLOCK));
  }

  /// `struct Tensors`.
  Arguments tensors(Arguments arguments) {
    for (int i = 0; i < OPERANDS; i++) {
      arguments.pointer(i < x.size() ? x.get(i).address() : 0);
    }
    return arguments.pointer(y.address()).i64(n);
  }

  /// `struct Numbers`.
  Arguments numbers(Arguments arguments) {
    for (int i = 0; i < NUMBERS; i++) {
      arguments.pointer(i < numbers.size() ? numbers.get(i).address() : 0);
    }
    for (int i = 0; i < VALUES; i++) {
      arguments.f64(i < values.size() ? values.get(i) : 0);
    }
    for (int i = 0; i < NUMBERS; i++) {
      arguments.i32(i < numbers.size() ? code(numbers.get(i)) : 0);
    }
    return arguments;
  }

  /// `enum ElementType`.
  private static int code(Operand number) {
    return switch (number.dtype()) {
      case F32 -> 0;
      case BF16 -> 1;
      case I32 -> 2;
      case U8 -> 3;
      case F64 -> throw new IllegalStateException("no kernel reads f64");
    };
  }
}
