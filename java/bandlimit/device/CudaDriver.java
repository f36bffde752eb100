package bandlimit.device;

import bandlimit.backend.Natives;
import java.io.File;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// NVIDIA's driver library, as the system's loader finds it. Looking does not start a GPU.
///
/// @param file where it is; empty where it is not found
/// @param version the newest CUDA it serves, or why it does not say
record CudaDriver(Optional<String> file, String version) {
  static final String LIBRARY = "libcuda.so.1";

  static CudaDriver find() {
    return find(LIBRARY);
  }

  static CudaDriver find(String library) {
    try (var arena = Arena.ofConfined()) {
      var symbols = SymbolLookup.libraryLookup(library, arena);
      var file = Natives.mapped(library).map(Object::toString).orElse(library);
      return new CudaDriver(Optional.of(file), version(symbols, arena));
    } catch (IllegalArgumentException e) {
      return new CudaDriver(Optional.empty(), ""); // how the lookup says that the file is not there
    }
  }

  boolean found() {
    return file.isPresent();
  }

  /// `cuDriverGetVersion`, which works before `cuInit` and on a machine without a GPU.
  private static String version(SymbolLookup symbols, Arena arena) {
    var function = symbols.find("cuDriverGetVersion");
    if (function.isEmpty()) {
      return "no function cuDriverGetVersion: not a driver library";
    }
    var handle =
        Linker.nativeLinker()
            .downcallHandle(
                function.get(), FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS));
    var number = arena.allocate(ValueLayout.JAVA_INT);
    try {
      int status = (int) handle.invokeExact(number);
      int version = number.get(ValueLayout.JAVA_INT, 0);
      return status == 0
          ? "CUDA %d.%d".formatted(version / 1000, version % 1000 / 10)
          : "cuDriverGetVersion fails with status " + status;
    } catch (Throwable e) { // a downcall declares Throwable; this one cannot throw
      throw new IllegalStateException(e);
    }
  }

  /// Where the loader looks, in its order; a folder in `LD_LIBRARY_PATH` that is not there is
  /// marked.
  static List<String> searched(Optional<String> libraryPath) {
    var places = new ArrayList<String>();
    for (var folder : libraryPath.orElse("").split(File.pathSeparator, -1)) {
      if (!folder.isBlank()) {
        places.add(new File(folder).isDirectory() ? folder : folder + " (not there)");
      }
    }
    if (places.isEmpty()) {
      places.add("LD_LIBRARY_PATH (empty)");
    }
    places.addAll(List.of("/etc/ld.so.cache", "/lib", "/usr/lib"));
    return places;
  }

  static List<String> searched() {
    return searched(Optional.ofNullable(System.getenv("LD_LIBRARY_PATH")));
  }
}
