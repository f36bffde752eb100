package bandlimit.stream;

import static org.assertj.core.api.Assertions.assertThat;

import bandlimit.backend.cuda.Emulator;
import bandlimit.backend.cuda.FakeDriver;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Sessions on the code for a real GPU, on the fake driver: a chunk's upload, three plans as graphs
/// over one state, the answer's way back, states read and written in between.
class CudaStreamTest {
  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"ahead", "lazy"})
  void givesTheEmulatedDevicesBits(String order) throws IOException, InterruptedException {
    var said =
        FakeDriver.in(folder)
            .with("FAKE_CUDA_ORDER", order)
            .run(FakeDriverStreams.class, Emulator.file());
    assertThat(said.err()).isEmpty();
    assertThat(said.out()).isEqualTo("streams: 40 answers\n");
    assertThat(said.code()).isZero();
  }

  /// Other kernels for a chunk than for a window: equal to rounding.
  @Test
  void librariesComputeChunks() throws IOException, InterruptedException {
    var said =
        FakeDriver.in(folder).library("cublas").library("cudnn").run(FakeDriverStreams.class);
    assertThat(said.err()).isEmpty();
    assertThat(said.out())
        .isEqualTo("streams: 512 of 512 numbers, by cuDNN: true, to rounding: true\n");
  }
}
