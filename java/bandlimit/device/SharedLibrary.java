package bandlimit.device;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// A shared library as the system's loader finds it, for as long as its arena lives.
final class SharedLibrary {
  /// What a function answers that the library does not have.
  static final int NO_FUNCTION = Integer.MIN_VALUE;

  private static final Path MAPS = Path.of("/proc/self/maps");

  private final SymbolLookup symbols;

  private SharedLibrary(SymbolLookup symbols) {
    this.symbols = symbols;
  }

  static Optional<SharedLibrary> find(String name, Arena arena) {
    try {
      return Optional.of(new SharedLibrary(SymbolLookup.libraryLookup(name, arena)));
    } catch (IllegalArgumentException e) {
      return Optional.empty(); // how the lookup says that the file is not there
    }
  }

  static Optional<SharedLibrary> find(Path file, Arena arena) {
    try {
      return Optional.of(new SharedLibrary(SymbolLookup.libraryLookup(file, arena)));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  boolean has(String function) {
    return symbols.find(function).isPresent();
  }

  /// Calls `int function(arguments...)`; arguments are `Integer`, `Long` or `MemorySegment`.
  int call(String function, Object... arguments) {
    var layouts = new MemoryLayout[arguments.length];
    for (int i = 0; i < layouts.length; i++) {
      layouts[i] =
          switch (arguments[i]) {
            case Integer _ -> ValueLayout.JAVA_INT;
            case Long _ -> ValueLayout.JAVA_LONG;
            default -> ValueLayout.ADDRESS;
          };
    }
    var handle = handle(function, FunctionDescriptor.of(ValueLayout.JAVA_INT, layouts));
    return handle.isEmpty() ? NO_FUNCTION : (int) invoke(handle.get(), List.of(arguments));
  }

  /// Calls `size_t function(void)`; 0 where the library lacks it.
  long callLong(String function) {
    return handle(function, FunctionDescriptor.of(ValueLayout.JAVA_LONG))
        .map(handle -> (long) invoke(handle, List.of()))
        .orElse(0L);
  }

  private Optional<MethodHandle> handle(String function, FunctionDescriptor descriptor) {
    return symbols
        .find(function)
        .map(address -> Linker.nativeLinker().downcallHandle(address, descriptor));
  }

  private static Object invoke(MethodHandle handle, List<Object> arguments) {
    try {
      return handle.invokeWithArguments(arguments);
    } catch (Throwable e) { // a downcall declares Throwable; these cannot throw
      throw new IllegalStateException(e);
    }
  }

  /// The file whose mapping holds `function`: links and search paths are behind us then.
  Optional<String> fileOf(String function) {
    var address = symbols.find(function).map(MemorySegment::address);
    try (var lines = Files.lines(MAPS)) {
      return address.flatMap(
          a ->
              lines
                  .filter(line -> line.indexOf('/') >= 0 && holds(line, a))
                  .map(line -> line.substring(line.indexOf('/')))
                  .findFirst());
    } catch (IOException e) {
      return Optional.empty(); // not Linux
    }
  }

  private static boolean holds(String line, long address) {
    var range = line.substring(0, line.indexOf(' ')).split("-", -1);
    return Long.compareUnsigned(Long.parseUnsignedLong(range[0], 16), address) <= 0
        && Long.compareUnsigned(address, Long.parseUnsignedLong(range[1], 16)) < 0;
  }
}
