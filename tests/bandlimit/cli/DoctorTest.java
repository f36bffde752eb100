package bandlimit.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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
        .containsPattern("libdnnl\\.so\\.3 +3\\.\\d+\\.\\d+ \\(.*\\), \\S*/libdnnl\\.so\\.3\n")
        .containsPattern("libgomp\\.so\\.1 +\\S.*, \\S*/libgomp\\.so\\.1\n")
        .containsPattern("against reference +pass: largest relative difference \\d")
        .containsPattern("repeatable +pass: every bit")
        .containsPattern("libcuda\\.so\\.1 +\\S")
        .containsPattern("cuda +not in this release: it has no CUDA kernels")
        .containsPattern("device auto +usable, as cpu")
        .doesNotContain("FAIL");
    assertThat(runs).as("looking makes no folder").doesNotExist();
  }

  @Test
  void cudaIsUnusableAndTheRestIsStillShown() {
    assertThat(run("doctor", "--device", "cuda")).isEqualTo(5);
    assertThat(out.toString())
        .containsPattern("repeatable +pass")
        .containsPattern("device cuda +UNUSABLE: .*no CUDA kernels")
        .endsWith("```\n");
    assertThat(err.toString()).startsWith("error: device: cuda cannot be used").hasLineCount(1);
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
