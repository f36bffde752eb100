package bandlimit.backend.cpu;

import bandlimit.backend.Arguments;
import bandlimit.backend.Natives;
import bandlimit.error.DeviceException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import java.util.Optional;

/// The kernels of `native/cpu`, where they were built and this processor has their instructions.
final class CpuLibrary {
  /// Instruction sets in oneDNN's bits (`dnnl_cpu_isa_t`).
  static final int AVX2 = 0x7;

  private static final int AVX512 = 0x27;

  private static final MethodHandle CALL =
      Linker.nativeLinker()
          .downcallHandle(
              FunctionDescriptor.ofVoid(
                  ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG));

  final Path file;
  private final int width;
  private final SymbolLookup symbols;

  private CpuLibrary(Path file, int width) {
    this.file = file;
    this.width = width;
    try {
      symbols = SymbolLookup.libraryLookup(file, Arena.global());
    } catch (IllegalArgumentException e) {
      throw new DeviceException(
          "%s does not load (%s); build it again with native/build, or run with BANDLIMIT_CPU_KERNELS=java"
              .formatted(file, e.getMessage()),
          e);
    }
  }

  /// The library for a processor with these instructions; empty where it was not built, or where
  /// none is made for such a processor.
  static Optional<CpuLibrary> find(int instructionSet) {
    return (instructionSet & AVX512) == AVX512
        ? find("v4", 16)
        : (instructionSet & AVX2) == AVX2 ? find("v3", 8) : Optional.empty();
  }

  private static Optional<CpuLibrary> find(String level, int width) {
    var url = CpuLibrary.class.getResource("/bandlimit/cpu/libbandlimit_cpu_" + level + ".so");
    return Optional.ofNullable(url)
        .map(found -> new CpuLibrary(Natives.file("the cpu device's kernels", found), width));
  }

  /// Floats in a register of its kernels.
  int width() {
    return width;
  }

  /// A kernel on fixed arguments.
  Call call(String kernel, Arguments arguments) {
    var size = symbol(kernel + "_bytes").reinterpret(Integer.BYTES).get(ValueLayout.JAVA_INT, 0);
    if (size != arguments.bytes()) {
      throw new DeviceException(
          "%s: kernel %s takes %d bytes of arguments, this program packs %d; build both again with native/build"
              .formatted(file, kernel, size, arguments.bytes()));
    }
    return new Call(symbol(kernel), arguments.struct());
  }

  private MemorySegment symbol(String name) {
    return symbols
        .find(name)
        .orElseThrow(
            () ->
                new DeviceException(
                    "%s has no %s: it is older than this program; build it again with native/build"
                        .formatted(file, name)));
  }

  /// One kernel with its arguments; any number of threads may run different tasks at once.
  static final class Call {
    private final MemorySegment function;
    private final MemorySegment arguments; // kept alive here
    private final long address;

    private Call(MemorySegment function, MemorySegment arguments) {
      this.function = function;
      this.arguments = arguments;
      this.address = arguments.address();
    }

    void run(long task, long scratch) {
      try {
        CALL.invokeExact(function, address, task, scratch);
      } catch (Throwable e) { // a downcall declares Throwable; a kernel in C++ throws nothing
        throw new IllegalStateException(arguments.toString(), e);
      }
    }
  }
}
