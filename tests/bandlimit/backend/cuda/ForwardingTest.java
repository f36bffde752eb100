package bandlimit.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import jcuda.Pointer;
import jcuda.jcublas.JCublas2;
import jcuda.jcublas.cublasHandle;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// JCuda's own natives, which want libcublas.so.12, on a machine whose only cuBLAS is a stand-in
/// for CUDA 13's. In a process of its own: the loader reads LD_LIBRARY_PATH once.
class ForwardingTest {
  private static final Path STUB = Path.of("target/native/forward/stub13").toAbsolutePath();

  @TempDir private Path folder;

  /// What the other process does.
  static final class Program {
    private Program() {}

    public static void main(String[] arguments) {
      Forwarding.LIBRARIES.forEach(Forwarding::offer);
      JCublas2.setExceptionsEnabled(false);
      var handle = new cublasHandle();
      var version = new int[1];
      System.out.printf(
          "create %d, version %d: %d, missing function %d%n",
          JCublas2.cublasCreate(handle),
          JCublas2.cublasGetVersion(handle, version),
          version[0],
          JCublas2.cublasAsumEx(handle, 0, new Pointer(), 0, 0, new Pointer(), 0, 0));
    }
  }

  @BeforeAll
  static void built() {
    assumeTrue(
        Files.exists(STUB.resolve("libcublas.so.13"))
            && Forwarding.standIn("libcublas.so.12").isPresent(),
        "the forwarding libraries were not built: g++ and cmake were not there");
  }

  @Test
  void jcudasCublasRunsOnCuda13s() throws IOException, InterruptedException {
    assertThat(run(STUB.toString()))
        .contains("create 0, version 0: 130001, missing function 15")
        .contains("no cublasDgemm_v2 there"); // VERBOSE: what a stand-in of eight functions lacks
  }

  @Test
  void nothingIsOfferedWhereThereIsNoCublasAtAll() throws IOException, InterruptedException {
    assertThat(run(folder.toString()))
        .contains("UnsatisfiedLinkError")
        .contains("libcublas.so.12: cannot open shared object file");
  }

  private String run(String libraries) throws IOException, InterruptedException {
    var command =
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "--enable-native-access=ALL-UNNAMED",
            "-Djava.io.tmpdir=" + folder,
            "-Dbandlimit.natives=" + folder,
            "-cp",
            Stream.of(
                    "/bandlimit/backend/cuda/ForwardingTest.class",
                    "/bandlimit/backend/cuda/Forwarding.class",
                    "/jcuda/Pointer.class",
                    "/jcuda/jcublas/JCublas2.class",
                    "/lib/libJCublas2-12.6.0-linux-x86_64.so")
                .map(ForwardingTest::root)
                .collect(Collectors.joining(File.pathSeparator)),
            Program.class.getName());
    var builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().put("LD_LIBRARY_PATH", libraries);
    builder.environment().put("LD_BIND_NOW", "1"); // every one of the 649 functions, or no library
    builder.environment().put("BANDLIMIT_FORWARD_VERBOSE", "1");
    var process = builder.start();
    var text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    process.waitFor();
    return text;
  }

  /// The folder or jar that a resource lies in; `java.class.path` names only the test launcher.
  private static String root(String resource) {
    var url = Objects.requireNonNull(ForwardingTest.class.getResource(resource)).toString();
    return url.replace("jar:", "")
        .replace("file:", "")
        .replace("!" + resource, "")
        .replace(resource, "");
  }
}
