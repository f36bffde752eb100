package bandlimit.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The real device's own code, on the fake driver.
class RealDeviceTest {
  @TempDir private Path folder;

  /// In every order that a driver may run things in.
  @ParameterizedTest
  @ValueSource(strings = {"lazy", "ahead", "eager"})
  void copiesArriveInOrder(String order) throws IOException, InterruptedException {
    var said = FakeDriver.in(folder).with("FAKE_CUDA_ORDER", order).run(FakeDriverMemory.class);
    assertThat(said.out() + said.err()).isEqualTo("memory: good\n");
    assertThat(said.code()).isZero();
  }

  private FakeDriver.Said smoke(FakeDriver driver) throws IOException, InterruptedException {
    return driver.library("nvrtc").run(FakeDriverSmoke.class);
  }

  private static List<String> compiled(FakeDriver.Said said) {
    return said.err().lines().filter(line -> line.startsWith("fake NVRTC: ")).toList();
  }

  @Test
  void kernelsWithoutAnImageAreCompiledOnce() throws IOException, InterruptedException {
    var first = smoke(FakeDriver.in(folder).withBadImages());
    assertThat(first.out())
        .startsWith("3.0, timed: true, ")
        .contains("compiled on this machine by NVRTC 12.6");
    assertThat(first.err()).containsOnlyOnce("compiling kernels for this GPU with NVRTC 12.6");
    assertThat(compiled(first))
        .containsExactlyInAnyOrder(
            "fake NVRTC: resample.cu for sm_90", "fake NVRTC: arithmetic.cu for sm_90");
    var second = smoke(FakeDriver.in(folder).withBadImages());
    assertThat(second.out()).isEqualTo(first.out());
    assertThat(second.err()).isEmpty();
    var other = smoke(FakeDriver.in(folder).withBadImages().with("FAKE_CUDA_CAPABILITY", "80"));
    assertThat(compiled(other)).hasSize(2).allMatch(line -> line.endsWith(" for sm_80"));
  }

  @Test
  void aDamagedKernelIsCompiledAgain() throws IOException, InterruptedException {
    smoke(FakeDriver.in(folder).withBadImages());
    try (var kept = Files.list(folder.resolve("cache/bandlimit/kernels"))) {
      for (Path file : kept.toList()) {
        assertThat(file.toString()).endsWith(".cubin");
        Files.writeString(file, "damaged");
      }
    }
    var said = smoke(FakeDriver.in(folder).withBadImages());
    assertThat(said.out()).startsWith("3.0, timed: true, ");
    assertThat(compiled(said)).hasSize(2);
  }

  @Test
  void whatDoesNotCompileIsToldInOneParagraph() throws IOException, InterruptedException {
    var said = smoke(FakeDriver.in(folder).withBadImages().with("FAKE_NVRTC_FAIL", "1"));
    assertThat(said.out())
        .hasLineCount(1)
        .contains("no kernels for sm_90", "device kernel image is invalid")
        .contains("NVRTC 12.6 does not compile resample.cu: resample.cu(3): error: as asked / 1");
  }

  @Test
  void aGpuNewerThanTheCompilerIsNamed() throws IOException, InterruptedException {
    var driver = FakeDriver.in(folder).withBadImages().with("FAKE_NVRTC_NEWEST", "89");
    assertThat(smoke(driver).out())
        .contains("no kernels for sm_90", "NVRTC 12.6 does not know --gpu-architecture=sm_90");
  }
}
