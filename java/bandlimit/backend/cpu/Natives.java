package bandlimit.backend.cpu;

import bandlimit.error.DeviceException;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.SymbolLookup;
import java.net.URL;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Locale;
import java.util.Properties;

/// The shared libraries that travel in a jar, unpacked once into a private folder.
///
/// `-Dbandlimit.natives=DIR`, or `bandlimit/natives` in the user's cache. A file is written beside
/// its place and moved there, so that two processes may start at once; it is taken as it is when
/// its size is right.
final class Natives {
  private static final String FOLDER = "/org/bytedeco/dnnl/linux-x86_64/";
  private static final String PROPERTIES = "/META-INF/maven/org.bytedeco/dnnl/pom.properties";

  /// OpenMP first: oneDNN asks for it by name, and a name already loaded is not searched for.
  static final List<String> LIBRARIES = List.of("libgomp.so.1", "libdnnl.so.3");

  private Natives() {}

  static Path directory() {
    var chosen = System.getProperty("bandlimit.natives");
    if (chosen != null) {
      return Path.of(chosen);
    }
    var cache = System.getenv("XDG_CACHE_HOME");
    return (cache == null || cache.isBlank()
            ? Path.of(System.getProperty("user.home"), ".cache")
            : Path.of(cache))
        .resolve("bandlimit")
        .resolve("natives");
  }

  /// Symbols of oneDNN, from the libraries under `directory`.
  static SymbolLookup load(Path directory) {
    requirePlatform();
    var folder = unpack(directory);
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

  private static Path unpack(Path directory) {
    var folder = folder(directory);
    try {
      FileAttribute<?> mine =
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
      Files.createDirectories(folder, mine);
      for (var name : LIBRARIES) {
        unpack(resource(name), folder.resolve(name));
      }
      return folder;
    } catch (IOException e) {
      throw new DeviceException(
          "cannot unpack oneDNN into %s (%s); set -Dbandlimit.natives or XDG_CACHE_HOME to a folder you can write, with 100 MB free"
              .formatted(folder, e),
          e);
    }
  }

  private static void unpack(URL from, Path to) throws IOException {
    var connection = from.openConnection();
    long size = connection.getContentLengthLong();
    if (Files.isRegularFile(to) && Files.size(to) == size) {
      return;
    }
    var part = Files.createTempFile(to.getParent(), to.getFileName().toString(), ".part");
    try {
      try (InputStream in = connection.getInputStream()) {
        Files.copy(in, part, StandardCopyOption.REPLACE_EXISTING);
      }
      if (Files.size(part) != size) {
        throw new IOException(part + " has " + Files.size(part) + " bytes, expected " + size);
      }
      Files.move(part, to, StandardCopyOption.ATOMIC_MOVE);
    } catch (AtomicMoveNotSupportedException e) {
      throw new IOException("no atomic rename in " + to.getParent(), e);
    } finally {
      Files.deleteIfExists(part);
    }
  }

  private static URL resource(String name) {
    var url = Natives.class.getResource(FOLDER + name);
    if (url == null) {
      throw new DeviceException(
          "the jar org.bytedeco:dnnl:linux-x86_64, which carries %s, is not on the class path; run from the distribution or build with Maven"
              .formatted(name));
    }
    return url;
  }

  static String version() {
    try (var in = Natives.class.getResourceAsStream(PROPERTIES)) {
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
