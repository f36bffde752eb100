package bandlimit.backend.cuda;

import bandlimit.error.DeviceException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// `kernels/*.cu` compiled by g++ against `native/emulator`, called through FFM: every CUDA thread
/// is a fiber of this thread. For tests and small runs.
///
/// Device addresses are host addresses, work is done when `launch` returns, and a recording is the
/// list of its launches.
final class EmulatedDevice implements Device {
  private static final ValueLayout.OfInt I32 = ValueLayout.JAVA_INT;
  private static final long ALIGNMENT = 256;

  private final Path library;
  private final Functions functions;
  private final Map<String, Kernel> kernels = new HashMap<>();
  private final Map<Long, Arena> blocks = new HashMap<>();

  EmulatedDevice(Path library) {
    this.library = library;
    this.functions = Functions.of(library);
  }

  @Override
  public String name() {
    return "cuda-emulated";
  }

  @Override
  public int sharedBytes() {
    return 227 << 10; // of capability 9.0
  }

  @Override
  public String describe() {
    return "cuda-emulated: our CUDA kernels run by this processor, one thread, for tests ("
        + library
        + ")";
  }

  @Override
  public long allocate(long bytes) {
    var arena = Arena.ofShared();
    try {
      long address = arena.allocate(bytes, ALIGNMENT).address();
      blocks.put(address, arena);
      return address;
    } catch (OutOfMemoryError e) {
      arena.close();
      return 0;
    }
  }

  @Override
  public long freeBytes() {
    return -1;
  }

  @Override
  public void free(long address) {
    var arena = blocks.remove(address);
    if (arena == null) {
      throw new IllegalArgumentException("nothing was allocated at " + address);
    }
    arena.close();
  }

  @Override
  public void write(long to, MemorySegment from) {
    at(to, from.byteSize()).copyFrom(from);
  }

  @Override
  public void read(MemorySegment into, long from) {
    into.copyFrom(at(from, into.byteSize()));
  }

  private static MemorySegment at(long address, long bytes) {
    return MemorySegment.ofAddress(address).reinterpret(bytes);
  }

  @Override
  public Kernel kernel(String module, String name) {
    return kernels.computeIfAbsent(name, this::find);
  }

  private Kernel find(String name) {
    long handle = functions.function(name);
    if (handle == 0) {
      throw new DeviceException(
          "%s has no kernel %s: it was built from other sources; build it again"
              .formatted(library, name));
    }
    return new Kernel(name, handle, functions.parameterBytes(handle));
  }

  @Override
  public void launch(Work work) {
    if (!(work instanceof Launch launch)) {
      throw new IllegalStateException(work.name() + " is no kernel of ours");
    }
    int status = functions.launch(launch);
    if (status != 0) {
      throw new DeviceException(
          "the emulator stopped %s (status %d): %s"
              .formatted(launch.name(), status, functions.lastError()));
    }
  }

  @Override
  public void synchronize() {
    // work is done when launch returns
  }

  @Override
  public Recording record(String plan, List<StepWork> steps, boolean graphs) {
    return new Recording() {
      @Override
      public void replay() {
        steps.forEach(step -> step.work().forEach(EmulatedDevice.this::launch));
      }

      @Override
      public void close() {
        // the launches belong to the executable
      }
    };
  }

  @Override
  public void close() {
    blocks.values().forEach(Arena::close);
    blocks.clear();
  }

  /// The library's C functions; it stays loaded for the life of the process.
  private record Functions(
      MethodHandle find, MethodHandle bytes, MethodHandle start, MethodHandle error) {
    static Functions of(Path library) {
      try {
        var symbols = SymbolLookup.libraryLookup(library.toAbsolutePath(), Arena.global());
        var address = ValueLayout.ADDRESS;
        return new Functions(
            handle(symbols, "emulator_function", FunctionDescriptor.of(address, address)),
            handle(symbols, "emulator_parameter_bytes", FunctionDescriptor.of(I32, address)),
            handle(
                symbols,
                "emulator_launch",
                FunctionDescriptor.of(I32, address, I32, I32, I32, I32, I32, I32, I32, address)),
            handle(symbols, "emulator_last_error", FunctionDescriptor.of(address)));
      } catch (IllegalArgumentException e) {
        throw new DeviceException(
            "%s does not load (%s); build it again".formatted(library, e.getMessage()), e);
      }
    }

    private static MethodHandle handle(
        SymbolLookup symbols, String name, FunctionDescriptor descriptor) {
      return Linker.nativeLinker()
          .downcallHandle(
              symbols
                  .find(name)
                  .orElseThrow(
                      () ->
                          new DeviceException(
                              "the emulator has no function " + name + "; build it again")),
              descriptor);
    }

    long function(String name) {
      try (var arena = Arena.ofConfined()) {
        return ((MemorySegment) find.invokeExact(arena.allocateFrom(name))).address();
      } catch (Throwable e) { // a downcall declares Throwable; this one cannot throw
        throw new IllegalStateException(e);
      }
    }

    int parameterBytes(long handle) {
      try {
        return (int) bytes.invokeExact(MemorySegment.ofAddress(handle));
      } catch (Throwable e) {
        throw new IllegalStateException(e);
      }
    }

    int launch(Launch launch) {
      try {
        return (int)
            start.invokeExact(
                MemorySegment.ofAddress(launch.kernel().handle()),
                launch.gridX(),
                launch.gridY(),
                launch.gridZ(),
                launch.threads(),
                1,
                1,
                launch.sharedBytes(),
                launch.arguments().table());
      } catch (Throwable e) {
        throw new IllegalStateException(e);
      }
    }

    String lastError() {
      try {
        return ((MemorySegment) error.invokeExact()).reinterpret(4096).getString(0);
      } catch (Throwable e) {
        throw new IllegalStateException(e);
      }
    }
  }
}
