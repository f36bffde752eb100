package bandlimit.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import bandlimit.backend.cuda.Emulator;
import bandlimit.backend.cuda.FakeDriver;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The code for a real GPU, on the fake driver: JCuda, memory, streams, events, graphs. What a
/// kernel computes is the emulator's business.
class CudaFakeDriverTest {
  @TempDir private Path folder;

  /// In every order that a driver may run things in.
  @ParameterizedTest
  @ValueSource(strings = {"lazy", "ahead"})
  void givesTheEmulatedDevicesBits(String order) throws IOException, InterruptedException {
    var said =
        FakeDriver.in(folder)
            .with("FAKE_CUDA_ORDER", order)
            .run(FakeDriverRows.class, Emulator.file());
    System.out.print(said.out().lines().skip(1).findFirst().map(line -> line + "\n").orElse(""));
    assertThat(said.code()).as(said.out() + said.err()).isZero();
    assertThat(said.err()).isEmpty();
    assertThat(said.out())
        .startsWith("cuda: emulated (fake driver, no GPU), sm_90, 4.0 GiB, driver for CUDA 12.6")
        .contains(" rows, 0 differ, ");
  }
}
