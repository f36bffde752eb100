package bandlimit.backend;

import bandlimit.error.DeviceException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/// Shared libraries that travel in jars, unpacked once into a private folder.
///
/// `-Dbandlimit.natives=DIR`, or `bandlimit/natives` in the user's cache. A file is written beside
/// its place and moved there, so that two processes may start at once; it is taken as it is when
/// its size is right.
public final class Natives {
  private static final Path MAPS = Path.of("/proc/self/maps");

  private Natives() {}

  public static Path directory() {
    var chosen = System.getProperty("bandlimit.natives");
    return chosen != null ? Path.of(chosen) : cache().resolve("natives");
  }

  /// The program's folder in the user's cache.
  public static Path cache() {
    var cache = System.getenv("XDG_CACHE_HOME");
    return (cache == null || cache.isBlank()
            ? Path.of(System.getProperty("user.home"), ".cache")
            : Path.of(cache))
        .resolve("bandlimit");
  }

  /// Makes `folder` hold the files behind `resources`, under their own names.
  ///
  /// @param what for messages: whose libraries these are
  public static void unpack(String what, List<URL> resources, Path folder) {
    try {
      createPrivate(folder);
      for (var resource : resources) {
        var path = resource.getPath();
        unpack(resource, folder.resolve(path.substring(path.lastIndexOf('/') + 1)));
      }
    } catch (IOException e) {
      throw new DeviceException(
          "cannot unpack %s into %s (%s); set -Dbandlimit.natives or XDG_CACHE_HOME to a folder you can write, with 100 MB free"
              .formatted(what, folder, e),
          e);
    }
  }

  /// The file behind a resource of ours, unpacked if need be, in a folder named by its content: a
  /// library that is built again has the same name and may have the same size.
  public static Path file(String what, URL resource) {
    try {
      if (resource.getProtocol().equals("file")) {
        return Path.of(resource.toURI()).toAbsolutePath();
      }
      try (var in = resource.openStream()) {
        var hash = MessageDigest.getInstance("SHA-256").digest(in.readAllBytes());
        var folder = directory().resolve("build-" + HexFormat.of().formatHex(hash, 0, 8));
        unpack(what, List.of(resource), folder);
        var path = resource.getPath();
        return folder.resolve(path.substring(path.lastIndexOf('/') + 1)).toAbsolutePath();
      }
    } catch (IOException e) {
      throw new DeviceException("cannot read " + resource, e);
    } catch (URISyntaxException | NoSuchAlgorithmException e) {
      throw new IllegalStateException(e); // a class loader's own URL; every JDK has SHA-256
    }
  }

  /// A folder that only this user can enter.
  public static void createPrivate(Path folder) throws IOException {
    FileAttribute<?> mine =
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
    Files.createDirectories(folder, mine);
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

  /// The file behind a library that this process has loaded; empty where the system does not tell.
  /// The name may be a link's: the file of `libcuda.so.1` is `libcuda.so.580.65.06`.
  public static Optional<Path> mapped(String name) {
    var stem = "/" + name.substring(0, name.indexOf(".so") + 3);
    try (var lines = Files.lines(MAPS)) {
      return lines
          .filter(line -> line.endsWith("/" + name) || line.contains(stem + "."))
          .map(line -> Path.of(line.substring(line.indexOf('/'))))
          .findFirst();
    } catch (IOException e) {
      return Optional.empty(); // not Linux
    }
  }
}
