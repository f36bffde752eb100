package bandlimit.backend.cpu;

import bandlimit.error.DeviceException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Locale;

/// Blocks of zeroed memory outside the heap, in huge pages where the system grants them; all freed
/// together, once.
final class NativeMemory implements AutoCloseable {
  private static final long HUGE_PAGE = 2L << 20;
  private static final int MADV_HUGEPAGE = 14;

  private final Arena arena = Arena.ofShared();

  MemorySegment allocate(String what, long bytes) {
    try {
      boolean large = bytes >= HUGE_PAGE;
      if (large) {
        // the advice must come before the first touch, and the arena touches when it zeroes: so ask
        // the C library for untouched pages
        return untouched(bytes);
      }
      return arena.allocate(Math.max(bytes, 64), 64);
    } catch (OutOfMemoryError e) {
      throw new DeviceException(
          String.format(
              Locale.ROOT,
              "cpu: no memory for %s of %.1f MiB; use a smaller batch",
              what,
              bytes / 1048576.0),
          e);
    }
  }

  private MemorySegment untouched(long bytes) {
    long rounded = (bytes + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE;
    try {
      var address = (MemorySegment) C.ALIGNED_ALLOC.invokeExact(HUGE_PAGE, rounded);
      if (address.equals(MemorySegment.NULL)) {
        throw new OutOfMemoryError("aligned_alloc of " + rounded + " bytes");
      }
      var block = address.reinterpret(rounded, arena, C::free);
      int ignored = (int) C.MADVISE.invokeExact(block, rounded, MADV_HUGEPAGE); // only a wish
      block.fill((byte) 0);
      return block;
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    arena.close();
  }

  /// The three functions of the C library that this needs.
  private static final class C {
    static final java.lang.invoke.MethodHandle ALIGNED_ALLOC =
        function(
            "aligned_alloc",
            FunctionDescriptor.of(
                ValueLayout.ADDRESS, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG));
    static final java.lang.invoke.MethodHandle MADVISE =
        function(
            "madvise",
            FunctionDescriptor.of(
                ValueLayout.JAVA_INT,
                ValueLayout.ADDRESS,
                ValueLayout.JAVA_LONG,
                ValueLayout.JAVA_INT));
    static final java.lang.invoke.MethodHandle FREE =
        function("free", FunctionDescriptor.ofVoid(ValueLayout.ADDRESS));

    private static java.lang.invoke.MethodHandle function(
        String name, FunctionDescriptor descriptor) {
      var linker = Linker.nativeLinker();
      return linker.downcallHandle(linker.defaultLookup().findOrThrow(name), descriptor);
    }

    static void free(MemorySegment block) {
      try {
        FREE.invokeExact(block);
      } catch (Throwable e) {
        throw new IllegalStateException(e);
      }
    }
  }
}
