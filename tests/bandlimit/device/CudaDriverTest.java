package bandlimit.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bandlimit.error.DeviceException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CudaDriverTest {
  @TempDir private Path folder;

  @Test
  void aLibraryThatIsNotThereIsNotFound() {
    var driver = CudaDriver.find("libnobody-has-this.so.1", Optional.empty());
    assertThat(driver.found()).isFalse();
    assertThat(driver.file()).isEmpty();
    assertThat(driver.problem().orElseThrow().toString())
        .contains("libnobody-has-this.so.1", "searched");
  }

  @Test
  void anotherLibraryUnderTheNameIsNoDriver() {
    var driver = CudaDriver.find("libc.so.6", Optional.empty()); // loads, but is no driver
    assertThat(driver.found()).isTrue();
    assertThat(driver.problem().orElseThrow().toString())
        .contains("libc.so.6")
        .contains("not a driver");
  }

  @Test
  void theLoadersPlacesAreNamedInOrder() {
    var missing = folder.resolve("gone");
    assertThat(CudaDriver.searched(Optional.of(folder + ":" + missing)))
        .containsExactly(
            folder.toString(), missing + " (not there)", "/etc/ld.so.cache", "/lib", "/usr/lib");
    assertThat(CudaDriver.searched(Optional.empty())).first().isEqualTo("LD_LIBRARY_PATH (empty)");
  }

  @Test
  void cudaIsRefusedWithItsFileAndWhereItWasSought() {
    assertThatThrownBy(() -> Devices.open("cuda"))
        .isInstanceOf(DeviceException.class)
        .hasMessageContaining("device: cuda cannot be used")
        .hasMessageContaining("driver")
        .hasMessageContaining("bandlimit doctor");
  }

  @ParameterizedTest
  @ValueSource(strings = {"gpu", ""})
  void otherNamesAreRefused(String name) {
    assertThatThrownBy(() -> Devices.open(name)).isInstanceOf(DeviceException.class);
  }

  @Test
  void autoSaysWhyItIsTheCpu() {
    try (var choice = Devices.open("auto")) {
      assertThat(choice.backend().name()).isEqualTo("cpu");
      assertThat(choice.reason()).startsWith("auto: ").contains("driver");
    }
  }

  @Test
  void everyProblemNamesItsCure() {
    var none = Optional.<String>empty();
    assertThat(problem(13000, 34, 0, none)).contains("stub", "LD_LIBRARY_PATH");
    assertThat(problem(13000, 803, 0, none)).contains("restart");
    assertThat(problem(13000, 999, 0, none)).contains("cuInit gives 999", "nvidia-smi");
    assertThat(problem(13000, 100, 0, Optional.of(""))).contains("CUDA_VISIBLE_DEVICES= hides");
    assertThat(problem(13000, 100, 0, none)).contains("finds no GPU");
    assertThat(problem(11080, 0, 90, none)).contains("CUDA 11.8", "newer driver");
    assertThat(problem(13000, 0, 75, none)).contains("capability 7.5", "8.0");
    assertThat(problem(13000, 0, 90, none)).isEmpty();
  }

  private static String problem(int version, int init, int capability, Optional<String> visible) {
    List<CudaDriver.Gpu> gpus =
        capability == 0 ? List.of() : List.of(new CudaDriver.Gpu(0, "Some GPU", capability, 1));
    return CudaDriver.problem("libcuda.so.1", version, init, gpus, visible)
        .map(CudaDriver.Problem::toString)
        .orElse("");
  }
}
