package bandlimit.backend.cpu;

import bandlimit.backend.Natives;
import bandlimit.error.DeviceException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.SymbolLookup;
import java.net.URL;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Properties;

/// oneDNN's shared libraries, which travel in a jar.
final class OneDnnLibraries {
  private static final String FOLDER = "/org/bytedeco/dnnl/linux-x86_64/";
  private static final String PROPERTIES = "/META-INF/maven/org.bytedeco/dnnl/pom.properties";

  /// OpenMP first: oneDNN asks for it by name, and a name already loaded is not searched for.
  static final List<String> LIBRARIES = List.of("libgomp.so.1", "libdnnl.so.3");

  private OneDnnLibraries() {}

  /// Symbols of oneDNN, from the libraries under `directory`.
  static SymbolLookup load(Path directory) {
    requirePlatform();
    var folder = folder(directory);
    Natives.unpack("oneDNN", LIBRARIES.stream().map(OneDnnLibraries::resource).toList(), folder);
    var symbols = SymbolLookup.loaderLookup();
    for (var name : LIBRARIES) {
      var file = folder.resolve(name).toAbsolutePath();
      try {
        symbols = SymbolLookup.libraryLookup(file, Arena.global()).or(symbols);
      } catch (IllegalArgumentException e) {
        throw new DeviceException(
            "%s does not load (%s); delete its folder to unpack it again, and check that the file system allows execution"
                .formatted(file, e.getMessage()),
            e);
      }
    }
    return symbols;
  }

  private static void requirePlatform() {
    var os = System.getProperty("os.name").toLowerCase(Locale.ROOT);
    var arch = System.getProperty("os.arch");
    if (!os.contains("linux") || !(arch.equals("amd64") || arch.equals("x86_64"))) {
      throw new DeviceException(
          "the cpu backend runs on Linux x86-64, this is %s %s; use device: reference"
              .formatted(os, arch));
    }
  }

  /// Where the libraries of this version lie once unpacked below `directory`.
  static Path folder(Path directory) {
    return directory.resolve("dnnl-" + version());
  }

  private static URL resource(String name) {
    var url = OneDnnLibraries.class.getResource(FOLDER + name);
    if (url == null) {
      throw new DeviceException(
          "the jar org.bytedeco:dnnl:linux-x86_64, which carries %s, is not on the class path; run from the distribution or build with Maven"
              .formatted(name));
    }
    return url;
  }

  static String version() {
    try (var in = OneDnnLibraries.class.getResourceAsStream(PROPERTIES)) {
      if (in == null) {
        return "unknown";
      }
      var properties = new Properties();
      properties.load(in);
      return properties.getProperty("version", "unknown");
    } catch (IOException e) {
      throw new DeviceException("cannot read " + PROPERTIES + " from the class path", e);
    }
  }
}
