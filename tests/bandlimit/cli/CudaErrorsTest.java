package bandlimit.cli;

import static bandlimit.cli.Program.assertSameWeights;
import static org.assertj.core.api.Assertions.assertThat;

import bandlimit.backend.cuda.Emulator;
import bandlimit.backend.cuda.FakeDriver;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// `device: cuda` on the fake driver, as a user meets it: what works, and each way in which it does
/// not: exit code 5 and one paragraph that says what to do.
class CudaErrorsTest {
  private static final String CONFIG =
      """
      experiment: tiny
      seed: 1
      model: {name: smallcnn}
      data: {name: shapes, batch_size: 4, train_size: 16, test_size: 4, image_size: 16}
      train: {epochs: 2}
      optimizer: {lr: 0.05}
      augment: {crop_padding: 2, flip: 0.5}
      shift: {protocols: []}
      """;

  @TempDir private Path folder;
  private Path config = Path.of("");

  @BeforeEach
  void writeConfig() throws IOException {
    config = Program.write(folder, "tiny.yaml", CONFIG);
  }

  private FakeDriver.Said train(FakeDriver driver, String device, String run)
      throws IOException, InterruptedException {
    return driver.run(
        "bandlimit.cli.Main",
        "train",
        config,
        "--output-dir",
        folder,
        "--run",
        run,
        "--set",
        "device=" + device);
  }

  private FakeDriver.Said trainWith(FakeDriver driver, String conv)
      throws IOException, InterruptedException {
    return driver.run(
        "bandlimit.cli.Main",
        "train",
        config,
        "--output-dir",
        folder,
        "--set",
        "device=cuda",
        "--set",
        "train.epochs=1",
        "--set",
        "cuda.conv=" + conv);
  }

  private void failsWith(FakeDriver driver, String... parts)
      throws IOException, InterruptedException {
    var said = train(driver, "cuda", "bad");
    assertThat(said.code()).as(said.err()).isEqualTo(5);
    var errors = said.err().lines().filter(line -> line.startsWith("error: ")).toList();
    assertThat(errors).as(said.err()).hasSize(1);
    assertThat(errors.getFirst()).contains(parts);
    assertThat(said.err()).doesNotContain("\tat ", "Exception");
    assertThat(said.err().stripTrailing()).endsWith(errors.getFirst());
    assertThat(said.out()).isEmpty();
  }

  @Test
  void aTrainingGivesTheEmulatedDevicesWeights() throws IOException, InterruptedException {
    var real = train(FakeDriver.in(folder).with("FAKE_CUDA_ORDER", "ahead"), "cuda", "real");
    assertThat(real.code()).as(real.err()).isZero();
    assertThat(real.err()).contains("Device: cuda: emulated (fake driver, no GPU)");
    var library = "-Dbandlimit.emulator=" + Emulator.file();
    var emulated = train(FakeDriver.in(folder).option(library), "cuda-emulated", "emulated");
    assertThat(emulated.code()).as(emulated.err()).isZero();
    assertSameWeights(folder.resolve("tiny/real"), folder.resolve("tiny/emulated"));
  }

  @Test
  void autoTakesTheGpu() throws IOException, InterruptedException {
    var said = train(FakeDriver.in(folder), "auto", "auto");
    assertThat(said.code()).as(said.err()).isZero();
    assertThat(said.err()).contains("Device: cuda: emulated");
  }

  @Test
  void autoWithoutKernelsTakesTheProcessor() throws IOException, InterruptedException {
    var driver = FakeDriver.in(folder).with("FAKE_CUDA_FAIL", "cuModuleLoadDataEx=209");
    var said = train(driver, "auto", "auto");
    assertThat(said.code()).as(said.err()).isZero();
    assertThat(said.err()).contains("Device: cpu: ", "no kernels for sm_90");
  }

  @ParameterizedTest
  @CsvSource({
    "cuInit=34, is the toolkit's stub",
    "cuInit=803, are of different versions",
    "cuInit=100, the driver finds no GPU",
    "cuInit=999, cuInit gives 999",
    "cuDevicePrimaryCtxRetain=2, has no memory left even for a context",
    "cuModuleLoadDataEx=209, no kernels for sm_90 (emulated (fake driver",
    "cuModuleLoadDataEx=222, the driver refuses the image resample",
    "cuModuleLoadDataEx=222, libnvrtc.so.12",
    "cuModuleGetFunction=500@4, has no kernel",
    "cuStreamCreate=2, cuStreamCreate says: out of memory",
    "cuStreamEndCapture=901, cuda.graphs: false runs it launch by launch",
  })
  void aDriverThatRefuses(String failure, String part) throws IOException, InterruptedException {
    failsWith(FakeDriver.in(folder).with("FAKE_CUDA_FAIL", failure), part);
  }

  @ParameterizedTest
  @CsvSource({
    "FAKE_CUDA_VERSION, 11080, serves CUDA 11.8",
    "FAKE_CUDA_CAPABILITY, 75, has capability 7.5",
    "CUDA_VISIBLE_DEVICES, '', CUDA_VISIBLE_DEVICES= hides every GPU",
    "FAKE_CUDA_PARAMETER_SURPLUS, 8, built from other sources",
    "FAKE_CUDA_MEMORY, 600000, instead of 4 should fit (data.batch_size)",
    "FAKE_CUDA_MEMORY, 200000, not even a batch of 1 fits",
    "LD_LIBRARY_PATH, /nowhere, no NVIDIA driver (libcuda.so.1 is not found)",
  })
  void aDeviceThatDoesNotDo(String variable, String value, String part)
      throws IOException, InterruptedException {
    failsWith(FakeDriver.in(folder).with(variable, value), part);
  }

  @Test
  void cudnnIsRequiredWhereItIsAskedFor() throws IOException, InterruptedException {
    var said = trainWith(FakeDriver.in(folder), "cudnn");
    assertThat(said.code()).isEqualTo(5);
    assertThat(said.err())
        .contains("error: cuda.conv: cudnn cannot be had: libcudnn.so.9: cannot open")
        .contains("or use cuda.conv: auto");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "auto | convolutions: cuDNN 9.5.1 by the table, else ours; products: cuBLAS 12.6.4 by",
        "cudnn | convolutions: cuDNN 9.5.1 wherever it can, else ours",
        "native | our own kernels only",
      })
  void theLogSaysWhoseConvolutionsRun(String conv, String part)
      throws IOException, InterruptedException {
    var said = trainWith(FakeDriver.in(folder).library("cublas").library("cudnn"), conv);
    assertThat(said.code()).as(said.err()).isZero();
    assertThat(said.err()).contains(part);
  }

  @Test
  void autoDoesWithoutLibraries() throws IOException, InterruptedException {
    var said = trainWith(FakeDriver.in(folder), "auto");
    assertThat(said.code()).as(said.err()).isZero();
    assertThat(said.err()).contains("convolutions: ours (no cuDNN); products: ours (no cuBLAS)");
  }

  @Test
  void aProgramWithoutImages() throws IOException, InterruptedException {
    if (FakeDriver.hasImages()) {
      return; // nvcc was here, and its images cannot be taken off the class path
    }
    failsWith(FakeDriver.in(folder).withoutImages(), "this build carries no kernel images");
  }

  /// In the first epoch's second step, which is a graph; in its first, which is not.
  @ParameterizedTest
  @CsvSource({
    "kernel=700@150, It ran as one captured graph of ",
    "kernel=700@50, The last launches were: ",
    "kernel=719@50, (conv",
  })
  void aFaultNamesThePlanAndTheLaunches(String failure, String part)
      throws IOException, InterruptedException {
    failsWith(
        FakeDriver.in(folder).with("FAKE_CUDA_FAIL", failure),
        "plan train failed on the device: ",
        "CUDA_LAUNCH_BLOCKING=1",
        "since the last checkpoint",
        part);
  }

  /// A fault in the second epoch leaves the first one's checkpoint, and a resume goes on from it.
  @Test
  void nothingIsLost() throws IOException, InterruptedException {
    var whole = train(FakeDriver.in(folder), "cuda", "whole");
    assertThat(whole.code()).as(whole.err()).isZero();
    var driver = FakeDriver.in(folder).with("FAKE_CUDA_FAIL", "kernel=700@550");
    assertThat(train(driver, "cuda", "broken").code()).isEqualTo(5);
    var last = folder.resolve("tiny/broken/checkpoints/last");
    assertThat(Files.exists(last.resolve("model.safetensors"))).isTrue();
    var resumed =
        FakeDriver.in(folder)
            .run("bandlimit.cli.Main", "train", "--resume", folder.resolve("tiny/broken"));
    assertThat(resumed.code()).as(resumed.err()).isZero();
    assertSameWeights(folder.resolve("tiny/whole"), folder.resolve("tiny/broken"));
  }
}
