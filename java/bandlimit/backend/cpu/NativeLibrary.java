package bandlimit.backend.cpu;

import bandlimit.backend.Natives;
import bandlimit.error.DeviceException;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/// A shared library that the cpu backend uses, for people who look for what is wrong.
///
/// @param file the file that the process has mapped, by the kernel's account
/// @param version what the library says of itself, or else the package it came in
public record NativeLibrary(String name, Path file, String version) {
  /// The folder that libraries are unpacked below.
  public static Path cache() {
    return Natives.directory();
  }

  /// Loads the libraries where that has not happened yet.
  ///
  /// @throws DeviceException where one is missing or does not load
  public static List<NativeLibrary> load() {
    var symbols = OneDnnLibraries.load(cache());
    var libraries = new ArrayList<NativeLibrary>();
    for (var name : OneDnnLibraries.LIBRARIES) {
      var unpacked = OneDnnLibraries.folder(cache()).resolve(name).toAbsolutePath();
      var version =
          name.startsWith("libdnnl")
              ? dnnlVersion(symbols)
              : "from the package of oneDNN " + OneDnnLibraries.version();
      libraries.add(new NativeLibrary(name, Natives.mapped(name).orElse(unpacked), version));
    }
    return libraries;
  }

  /// Reads the three numbers at the head of `dnnl_version_t`.
  private static String dnnlVersion(SymbolLookup symbols) {
    Supplier<DeviceException> missing =
        () -> new DeviceException("oneDNN has no function dnnl_version; wrong library version");
    var handle =
        Linker.nativeLinker()
            .downcallHandle(
                symbols.find("dnnl_version").orElseThrow(missing),
                FunctionDescriptor.of(
                    ValueLayout.ADDRESS.withTargetLayout(
                        MemoryLayout.sequenceLayout(3, ValueLayout.JAVA_INT))));
    try {
      var version = (MemorySegment) handle.invokeExact();
      return "%d.%d.%d (%s)"
          .formatted(
              version.getAtIndex(ValueLayout.JAVA_INT, 0),
              version.getAtIndex(ValueLayout.JAVA_INT, 1),
              version.getAtIndex(ValueLayout.JAVA_INT, 2),
              OneDnnLibraries.version());
    } catch (Throwable e) { // a downcall declares Throwable; this one cannot throw
      throw new IllegalStateException(e);
    }
  }
}
