package bandlimit.device;

import bandlimit.backend.Natives;
import bandlimit.error.DeviceException;
import java.nio.file.Files;
import java.nio.file.Path;
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
        .map(resource -> Natives.file("the emulated CUDA device", resource));
  }
}
