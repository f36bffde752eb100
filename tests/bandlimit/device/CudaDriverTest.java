package bandlimit.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bandlimit.error.DeviceException;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CudaDriverTest {
  @TempDir private Path folder;

  @Test
  void aLibraryThatIsNotThereIsNotFound() {
    var driver = CudaDriver.find("libnobody-has-this.so.1");
    assertThat(driver.found()).isFalse();
    assertThat(driver.file()).isEmpty();
  }

  @Test
  void anotherLibraryUnderTheNameIsNoDriver() {
    var driver = CudaDriver.find("libc.so.6"); // stands in for a stub: loads, but is no driver
    assertThat(driver.file()).hasValueSatisfying(file -> assertThat(file).endsWith("/libc.so.6"));
    assertThat(driver.version()).contains("not a driver");
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
        .hasMessageContaining("no CUDA kernels")
        .hasMessageContaining("searched")
        .hasMessageContaining("bandlimit doctor");
  }

  @ParameterizedTest
  @ValueSource(strings = {"cuda-emulated", "gpu", ""})
  void otherNamesAreRefused(String name) {
    assertThatThrownBy(() -> Devices.open(name)).isInstanceOf(DeviceException.class);
  }

  @Test
  void autoSaysWhyItIsTheCpu() {
    try (var choice = Devices.open("auto")) {
      assertThat(choice.backend().name()).isEqualTo("cpu");
      assertThat(choice.reason()).startsWith("auto: ").contains("CUDA");
    }
  }
}
