package bandlimit.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import bandlimit.backend.cuda.Emulator;
import bandlimit.backend.cuda.FakeDriver;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// The code for a real GPU, on the fake driver: JCuda, memory, streams, events, graphs. What a
/// kernel computes is the emulator's business.
class CudaFakeDriverTest {
  @TempDir private Path folder;

  /// Every op where the driver runs ahead of what is waited for, which finds most; a few where it
  /// runs nothing else.
  @ParameterizedTest
  @CsvSource({"ahead, .*", "lazy, Add|Slice|Resample|MatMul"})
  void givesTheEmulatedDevicesBits(String order, String ops)
      throws IOException, InterruptedException {
    var said =
        FakeDriver.in(folder)
            .with("FAKE_CUDA_ORDER", order)
            .option("-Dbandlimit.rows=" + ops)
            .run(FakeDriverRows.class, Emulator.file());
    System.out.print(said.out().lines().skip(1).findFirst().map(line -> line + "\n").orElse(""));
    assertThat(said.code()).as(said.out() + said.err()).isZero();
    assertThat(said.err()).isEmpty();
    assertThat(said.out())
        .startsWith("cuda: emulated (fake driver, no GPU), sm_90, 4.0 GiB, driver for CUDA 12.6")
        .contains("0 differ, 0 without a kernel");
  }

  /// Arguments, transpositions, workspaces and streams as the libraries' interfaces have them.
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void librariesComputeWhatOurKernelsDo(boolean tf32) throws IOException, InterruptedException {
    var said =
        FakeDriver.in(folder)
            .library("cublas")
            .library("cudnn")
            .with("FAKE_CUDA_ORDER", "ahead")
            .option("-Dtf32=" + tf32)
            .run(FakeDriverLibraries.class);
    System.out.print(said.out().lines().skip(1).reduce("", (a, b) -> a + b + "\n"));
    assertThat(said.code()).as(said.out() + said.err()).isZero();
    assertThat(said.err()).isEmpty();
    assertThat(said.out())
        .contains("convolutions: cuDNN 9.5.1 wherever it can, else ours")
        .contains("products: cuBLAS 12.6.4 wherever it can, else ours")
        .doesNotContain("differs", "does not run");
    assertThat(said.out().lines().filter(line -> line.startsWith("conformance ")))
        .hasSize(tf32 ? 1 : 2)
        .allMatch(line -> line.matches("(.*: )(\\d+) rows, \\2 passed, 0 skipped"));
    assertThat(said.out().lines().toList().getLast()).matches("[1-9]\\d+ by libraries, .*");
  }
}
