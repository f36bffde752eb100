package bandlimit.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import bandlimit.backend.cuda.Emulator;
import bandlimit.backend.cuda.FakeDriver;
import bandlimit.backend.cuda.Forwarding;
import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// `doctor`: the block, and exit code 5 where the device asked for is of no use.
class DoctorTest {
  private static final String NATIVES = "bandlimit.natives";

  @TempDir private Path folder;
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int run(String... args) {
    var line = Main.commandLine();
    line.setOut(new PrintWriter(out)).setErr(new PrintWriter(err));
    return Main.run(line, args);
  }

  @Test
  void aHealthyMachineIsABlockForAnIssue() {
    var runs = folder.resolve("not/yet/runs");
    assertThat(run("doctor", "--output-dir", runs.toString())).isZero();
    assertThat(err.toString()).isEmpty();
    assertThat(out.toString())
        .startsWith("```text\nbandlimit doctor, version ")
        .endsWith("```\n")
        .containsPattern("JDK +25.*, /")
        .containsPattern("cores +\\d+\n")
        .containsPattern("threads +\\d+ \\(")
        .containsPattern("instruction sets +\\S+")
        .containsPattern("memory +[\\d.]+ GiB, [\\d.]+ GiB free.*; Java heap up to [\\d.]+ GiB")
        .containsPattern("disk for natives +[\\d.]+ GiB free, \\S+")
        .containsPattern("disk for runs +[\\d.]+ GiB free, .*not/yet/runs")
        // deleted: another test of this process may have been the first to load it, from its own
        // folder
        .containsPattern(
            "libdnnl\\.so\\.3 +3\\.\\d+\\.\\d+ \\(.*\\), \\S*/libdnnl\\.so\\.3(\n| .deleted.)")
        .containsPattern("libgomp\\.so\\.1 +\\S.*, \\S*/libgomp\\.so\\.1(\n| .deleted.)")
        .containsPattern("against reference +pass: largest relative difference \\d")
        .containsPattern("repeatable +pass: every bit")
        .containsPattern("libcuda\\.so\\.1 +\\S")
        .containsPattern("kernel images +\\S")
        .containsPattern("device auto +usable, as c")
        .doesNotContain("FAIL");
    assertThat(runs).as("looking makes no folder").doesNotExist();
  }

  @Test
  void withoutADriverCudaIsUnusableAndTheRestIsStillShown() {
    assumeTrue(!Files.exists(Path.of("/dev/nvidiactl")), "there is an NVIDIA driver here");
    assertThat(run("doctor", "--device", "cuda")).isEqualTo(5);
    assertThat(out.toString())
        .containsPattern("repeatable +pass")
        .containsPattern("libcuda\\.so\\.1 +not found; searched ")
        .containsPattern(
            "device cuda +UNUSABLE: .*no NVIDIA driver .libcuda.so.1 is not found.: install")
        .endsWith("```\n");
    assertThat(err.toString()).startsWith("error: device: cuda cannot be used").hasLineCount(1);
  }

  @Test
  void theEmulatedDeviceComputes() {
    assumeTrue(
        Emulator.isBuilt(), "the emulated device was not built: g++ and cmake were not there");
    assertThat(run("doctor", "--device", "cuda-emulated")).as(err.toString()).isZero();
    assertThat(out.toString())
        .containsPattern("cuda-emulated +cuda-emulated: .*libbandlimit_emulated.so")
        .contains("device cuda-emulated  usable");
  }

  @Test
  void withADriverItsGpuAndCudasLibrariesAreShown() throws IOException, InterruptedException {
    var stub = Path.of("target/native/forward/stub13").toAbsolutePath();
    var fake = FakeDriver.in(folder);
    var said =
        fake.with("LD_LIBRARY_PATH", FakeDriver.libraries() + File.pathSeparator + stub)
            .run(Main.class, "doctor", "--device", "cuda");
    assertThat(said.out() + said.err())
        .containsPattern("libcuda\\.so\\.1 +CUDA 12\\.6, /.*libcuda\\.so\\.1\n")
        .containsPattern("GPU 0 +emulated .fake driver, no GPU., capability 9\\.0, 4\\.0 GiB")
        .containsPattern("libcudnn\\.so\\.9 +(not found, optional|\\d)");
    if (Forwarding.standIn("libcublas.so.12").isPresent()) {
      assertThat(said.out())
          .containsPattern(
              "libcublas\\.so\\.12 +not found; libcublas\\.so\\.13 is: 13\\.0\\.1, /.*, by way of"
                  + " our libcublas\\.so\\.12 .640 functions missing");
    }
    assertThat(said.out()).containsPattern("device cuda +usable");
    assertThat(said.code()).isZero();
  }

  @ParameterizedTest
  @CsvSource({
    "cuInit=803, restart the machine",
    "cuInit=34, stub",
    "cuInit=999, cuInit gives 999",
  })
  void aDriverThatDoesNotStartIsCode5AndHasItsCure(String status, String cure)
      throws IOException, InterruptedException {
    var said =
        FakeDriver.in(folder)
            .with("FAKE_CUDA_FAIL", status)
            .run(Main.class, "doctor", "--device", "cuda");
    assertThat(said.code()).isEqualTo(5);
    assertThat(said.err()).startsWith("error: device: cuda cannot be used").contains(cure);
  }

  @Test
  void anUnknownDeviceIsCode5() {
    assertThat(run("doctor", "--device", "tpu")).isEqualTo(5);
    assertThat(err.toString()).contains("no device tpu").contains("cpu");
  }

  @Test
  void librariesThatCannotBeUnpackedMakeTheCpuUnusable() throws IOException {
    var inTheWay = Files.writeString(folder.resolve("file"), "no folder");
    var before = System.getProperty(NATIVES);
    System.setProperty(NATIVES, inTheWay.resolve("natives").toString());
    try {
      assertThat(run("doctor")).isEqualTo(5);
      assertThat(err.toString()).startsWith("error: cannot unpack oneDNN into").hasLineCount(1);
      assertThat(out.toString())
          .containsPattern("cpu +UNUSABLE: cannot unpack")
          .containsPattern("device auto +UNUSABLE");
      assertThat(run("doctor", "--device", "reference")).as("needs no library").isZero();
    } finally {
      if (before == null) {
        System.clearProperty(NATIVES);
      } else {
        System.setProperty(NATIVES, before);
      }
    }
  }
}
