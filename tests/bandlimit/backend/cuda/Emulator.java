package bandlimit.backend.cuda;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/// The emulated device in tests, where its library was built (g++ and cmake were there).
public final class Emulator {
  private static final String MISSING =
      "the emulated CUDA device was not built (it needs g++ and cmake): its rows are not run";

  private Emulator() {}

  static Optional<Path> library() {
    var set = System.getProperty("bandlimit.emulator");
    return Optional.of(
            Path.of(set != null ? set : "target/native/libbandlimit_emulated.so").toAbsolutePath())
        .filter(Files::exists);
  }

  /// Where it is; a skip with a sentence where it is not.
  public static Path file() {
    assumeTrue(isBuilt(), MISSING);
    return library().orElseThrow();
  }

  public static boolean isBuilt() {
    return library().isPresent();
  }

  /// The bare device; a skip with a sentence where there is none.
  static EmulatedDevice device() {
    assumeTrue(isBuilt(), MISSING);
    return new EmulatedDevice(library().orElseThrow());
  }

  /// An open backend; a skip with a sentence where there is none.
  public static CudaBackend open() {
    return open(CudaOptions.DEFAULT);
  }

  public static CudaBackend open(CudaOptions options) {
    assumeTrue(isBuilt(), MISSING);
    return CudaBackend.emulated(library().orElseThrow(), options);
  }
}
