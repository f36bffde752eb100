package bandlimit.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// NVRTC needs no GPU: where its library is found, every kernel file has to compile with it.
class NvrtcTest {
  private static final String SOURCES = "/bandlimit/kernels/src/";

  @ParameterizedTest
  @ValueSource(strings = {"sm_80", "sm_90"})
  void everyKernelFileCompiles(String architecture) throws Nvrtc.Failure, IOException {
    assumeTrue(
        NvrtcTest.class.getResource(SOURCES + "common.cuh") != null,
        "the kernels' sources are not on the class path: native/build puts them there");
    var missing = Jcuda.load(Jcuda.Part.NVRTC);
    assumeTrue(missing.isEmpty(), () -> "NVRTC is not here: " + missing.orElseThrow());
    var nvrtc = new Nvrtc(SOURCES, architecture);
    try (Stream<Path> files = Files.list(Path.of("kernels"))) {
      for (var file : files.filter(f -> f.toString().endsWith(".cu")).sorted().toList()) {
        var name = file.getFileName().toString();
        assertThat(nvrtc.compile(name.substring(0, name.length() - 3)).cubin())
            .as(name)
            .startsWith(0x7f, 'E', 'L', 'F');
      }
    }
  }
}
