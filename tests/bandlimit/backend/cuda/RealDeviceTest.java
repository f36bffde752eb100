package bandlimit.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
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
}
