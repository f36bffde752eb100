package bandlimit.cli;

import static bandlimit.cli.Program.TINY;
import static bandlimit.cli.Program.run;
import static bandlimit.cli.Program.write;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VerifyTest {
  @TempDir private Path temp;
  private Path tiny = Path.of("");

  @BeforeEach
  void writeConfig() throws IOException {
    tiny = write(temp, "tiny.yaml", TINY);
  }

  @Test
  void theCpuAgreesWithTheReference() {
    var said = run("verify", tiny, "--against", "reference", "--steps", "2", "--device", "cpu");
    said.succeeds();
    assertThat(said.out()).startsWith("cpu agrees with reference: 2 steps, ").hasLineCount(1);
    assertThat(said.err()).contains("step 2: loss ");
  }

  @Test
  void withoutToleranceRoundingIsTooMuch() {
    run("verify", tiny, "--steps", "1", "--tolerance", "0")
        .fails(8, "step 1: the devices part at ", "relative difference", "allowed 0");
  }

  @Test
  void theReferenceAgreesWithItselfExactly() {
    var said =
        run("verify", tiny, "--device", "reference", "--steps", "1", "--tolerance", "0").succeeds();
    assertThat(said.out()).contains("largest relative difference 0.00e+00");
  }

  @Test
  void noStepsVerifyNothing() {
    run("verify", tiny, "--steps", "0").fails(2, "--steps");
    run("verify", tiny, "--tolerance", "-1").fails(2, "--tolerance");
  }
}
