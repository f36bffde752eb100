package bandlimit.backend.cuda;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/// A JVM in which `libcuda.so.1` is native/fake-driver's, so that all of the real device's code
/// runs without a GPU. A process of its own: a driver that is loaded stays loaded.
public final class FakeDriver {
  private static final Path LIBRARIES = Path.of("target/native/fake-driver").toAbsolutePath();

  private final Path folder;
  private final List<String> options = new ArrayList<>();
  private final Map<String, String> environment = new LinkedHashMap<>();
  private String image = "fake image"; // what stands in for every image; empty for none

  private FakeDriver(Path folder) {
    this.folder = folder;
  }

  /// What the process left.
  public record Said(int code, String out, String err) {}

  /// Files go below `folder`; a skip with a sentence where the fake driver was not built.
  public static FakeDriver in(Path folder) {
    assumeTrue(
        Files.exists(LIBRARIES.resolve("libcuda.so.1")),
        "the fake CUDA driver was not built (it needs g++ and cmake): the real device's code is not"
            + " run");
    return new FakeDriver(folder)
        .with("LD_LIBRARY_PATH", LIBRARIES.toString())
        .with("XDG_CACHE_HOME", folder.resolve("cache").toString());
  }

  /// The folder of its `libcuda.so.1`, for those who set `LD_LIBRARY_PATH` themselves.
  public static String libraries() {
    return LIBRARIES.toString();
  }

  public FakeDriver with(String variable, String value) {
    environment.put(variable, value);
    return this;
  }

  /// Another option of the JVM.
  public FakeDriver option(String option) {
    options.add(option);
    return this;
  }

  /// Whether nvcc made this build's kernel images.
  public static boolean hasImages() {
    return KernelImages.find().isPresent();
  }

  /// As built without nvcc.
  public FakeDriver withoutImages() {
    image = "";
    return this;
  }

  /// With images that no driver takes.
  public FakeDriver withBadImages() {
    image = "bad image";
    return this;
  }

  /// With the stand-in for one of NVIDIA's other libraries: `nvrtc`, `cublas`, `cudnn`.
  public FakeDriver library(String name) {
    return with(
        "LD_LIBRARY_PATH",
        environment.get("LD_LIBRARY_PATH") + ":" + LIBRARIES.resolve("fake_" + name));
  }

  public Said run(Class<?> main, Object... args) throws IOException, InterruptedException {
    return run(main.getName(), args);
  }

  public Said run(String main, Object... args) throws IOException, InterruptedException {
    var command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-XX:-UsePerfData",
                "-Xmx1g"));
    command.addAll(options);
    command.addAll(List.of("-cp", classPath(), main));
    Stream.of(args).map(Object::toString).forEach(command::add);
    var out = folder.resolve("out.txt").toFile();
    var err = folder.resolve("err.txt").toFile();
    var builder = new ProcessBuilder(command).redirectOutput(out).redirectError(err);
    builder.environment().remove("CUDA_VISIBLE_DEVICES");
    builder.environment().putAll(environment);
    var process = builder.start();
    try {
      if (!process.waitFor(10, TimeUnit.MINUTES)) {
        throw new AssertionError("did not end: " + command + "\n" + read(err));
      }
    } finally {
      process.destroyForcibly();
    }
    return new Said(process.exitValue(), read(out), read(err));
  }

  private static String read(File file) throws IOException {
    return Files.readString(file.toPath(), StandardCharsets.UTF_8);
  }

  /// With the sources, and with stand-ins for the kernel images where there was no nvcc to make
  /// them or they must be bad.
  private String classPath() throws IOException {
    var written = folder.resolve("images");
    var kernels = written.resolve("bandlimit/kernels");
    var sources = Files.createDirectories(kernels.resolve("src"));
    try (Stream<Path> files = Files.list(Path.of("kernels"))) {
      for (Path file : files.filter(f -> f.toString().matches(".*\\.cuh?")).toList()) {
        var name = file.getFileName().toString();
        Files.copy(file, sources.resolve(name), StandardCopyOption.REPLACE_EXISTING);
        if (name.endsWith(".cu") && (image.startsWith("bad") || !hasImages() && !image.isEmpty())) {
          Files.writeString(kernels.resolve(name.replace(".cu", ".fatbin")), image);
        }
      }
    }
    return written + File.pathSeparator + System.getProperty("java.class.path");
  }
}
