package bandlimit.device;

import bandlimit.backend.Natives;
import bandlimit.error.DeviceException;
import java.io.IOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/// The kernels compiled for this processor: the library behind `device: cuda-emulated`.
///
/// `-Dbandlimit.emulator=FILE`, else the one that was built with this program.
public final class EmulatorLibrary {
  static final String PROPERTY = "bandlimit.emulator";
  static final String MISSING =
      "device: cuda-emulated needs a library that this program was built without: install g++ and"
          + " cmake (Debian and Ubuntu: apt-get install g++ cmake), run `native/build` in the"
          + " checkout, and start again; or use device: cpu";

  private static final String RESOURCE = "/bandlimit/kernels/libbandlimit_emulated.so";

  private EmulatorLibrary() {}

  /// @throws DeviceException where the property names a file that is not there
  public static Optional<Path> find() {
    var chosen = System.getProperty(PROPERTY);
    if (chosen != null) {
      var file = Path.of(chosen).toAbsolutePath();
      if (!Files.isRegularFile(file)) {
        throw new DeviceException(
            "-D%s=%s is no file; `native/build` in a checkout makes target/native/libbandlimit_emulated.so"
                .formatted(PROPERTY, chosen));
      }
      return Optional.of(file);
    }
    return Optional.ofNullable(EmulatorLibrary.class.getResource(RESOURCE))
        .map(EmulatorLibrary::file);
  }

  private static Path file(URL resource) {
    try {
      if (resource.getProtocol().equals("file")) {
        return Path.of(resource.toURI()).toAbsolutePath();
      }
      // by content: the next build's library may have the same size
      var folder = Natives.directory().resolve("emulator-" + digest(resource));
      Natives.unpack("the emulated CUDA device", List.of(resource), folder);
      return folder.resolve(RESOURCE.substring(RESOURCE.lastIndexOf('/') + 1)).toAbsolutePath();
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e); // a class loader's own URL
    }
  }

  private static String digest(URL resource) {
    try (var in = resource.openStream()) {
      var hash = MessageDigest.getInstance("SHA-256").digest(in.readAllBytes());
      return HexFormat.of().formatHex(hash, 0, 8);
    } catch (IOException e) {
      throw new DeviceException("cannot read " + resource, e);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e); // every JDK has it
    }
  }
}
