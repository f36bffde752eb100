package bandlimit.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import bandlimit.device.Devices;
import bandlimit.error.DeviceException;
import bandlimit.golden.Golden;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// What `bandlimit selftest --device cuda` runs, on a GPU where there is one. `mvn verify -Pcuda`
/// runs only this; with `-Drequire.gpu=true` no GPU is a failure, lest "all skipped" read as green.
@Tag("gpu")
class GpuSuiteTest {
  private static final String CUDA = "cuda";
  private static final int LARGE_BATCH = 8;

  @BeforeAll
  static void aGpuIsHere() {
    try (var choice = Devices.open(CUDA)) {
      System.out.println(choice.backend().describe());
    } catch (DeviceException e) {
      if (Boolean.getBoolean("require.gpu")) {
        fail("-Drequire.gpu=true, but " + e.getMessage());
      }
      assumeTrue(false, e.getMessage());
    }
  }

  @Test
  void everyRowAndEveryLawHolds() {
    var others =
        Devices.variants(CUDA).stream()
            .map(v -> new Suite.Other(v.name(), () -> v.open().get().backend(), v.exact()))
            .toList();
    var subject = new Suite.Subject(() -> Devices.open(CUDA).backend(), others);
    try (var reference = Devices.open("reference")) {
      var suite =
          new Suite(
              subject,
              reference.backend(),
              section ->
                  System.out.printf(
                      "gpu %s: %d rows, %d failed, %.1f s%n",
                      section.name(),
                      section.rows(),
                      section.failures().size(),
                      section.seconds()));
      assertThat(Suite.failures(suite.run(LARGE_BATCH))).isEmpty();
    }
  }

  @Test
  void theRecordedCasesHold() {
    var folder = Path.of(System.getProperty("bandlimit.golden", "../shared/golden"));
    assumeTrue(Files.isDirectory(folder), "no golden data at " + folder);
    try (var choice = Devices.open(CUDA)) {
      var result = Golden.check(folder, choice.backend());
      assertThat(result.failures()).isEmpty();
      assertThat(result.cases()).isPositive();
    }
  }
}
