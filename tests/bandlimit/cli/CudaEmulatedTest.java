package bandlimit.cli;

import static bandlimit.cli.Program.TINY;
import static bandlimit.cli.Program.assertSameWeights;
import static bandlimit.cli.Program.run;
import static bandlimit.cli.Program.write;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import bandlimit.backend.cuda.Emulator;
import bandlimit.cli.Program.Child;
import bandlimit.store.Csv;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The program on the emulated CUDA device: the whole road from a config to a checkpoint.
@Timeout(value = 5, unit = java.util.concurrent.TimeUnit.MINUTES)
class CudaEmulatedTest {
  private static final String SMALL =
      TINY.replace(
              "batch_size: 16, train_size: 64, test_size: 32",
              "batch_size: 8, train_size: 32, test_size: 8")
          + "device: cuda-emulated\ncheckpoint: {interval_steps: 1}\n";

  @TempDir private static Path temp;
  private static Path config = Path.of("");

  @BeforeAll
  static void trainInBf16() throws Exception {
    Emulator.file(); // or a skip
    config = write(temp, "small.yaml", SMALL);
    assertThat(finish(train("bf16", "train.precision=bf16-mixed"))).isZero();
  }

  @Test
  void killedAndResumedItEndsInTheSameBytes() throws Exception {
    try (var child = train("killed", "train.precision=bf16-mixed")) {
      child.awaitLine("Train: 1 [   3/4");
      child.signal("KILL");
      assertThat(child.await()).isEqualTo(128 + 9);
    }
    assertThat(finish(program("train", "--resume", temp.resolve("tiny/killed")))).isZero();
    assertSameWeights(temp.resolve("tiny/bf16"), temp.resolve("tiny/killed"));
  }

  @Test
  void inFloat32ItTrainsAsTheCpuDoesAndInBf16Nearly() throws Exception {
    assertThat(finish(train("fp32", "train.precision=fp32"))).isZero();
    run("train", config, "--run", "cpu", "--output-dir", temp, "--device", "cpu").succeeds();
    var cpu = losses("cpu");
    for (int epoch = 0; epoch < cpu.size(); epoch++) {
      assertThat(losses("fp32").get(epoch)).isCloseTo(cpu.get(epoch), within(1e-5));
      assertThat(losses("bf16").get(epoch)).isCloseTo(cpu.get(epoch), within(2e-2));
    }
  }

  @Test
  void aRunInBf16IsEvaluatedInBf16HereAndInFloat32OnTheCpu() throws Exception {
    var run = temp.resolve("tiny/bf16");
    assertThat(run("eval", run, "--device", "cpu").succeeds().out())
        .contains("fp32 (trained in bf16-mixed)");
    assertThat(finish(program("eval", run, "--device", "cuda-emulated"))).isZero();
  }

  /// The kernel takes the number of an update as a whole number, and the benchmark gives it one.
  @Test
  void aStepOfAnOptimizerThatCountsIsMeasured() throws Exception {
    var adam = List.of("--set", "optimizer.name=adamw", "--set", "data.batch_size=2");
    var words = new ArrayList<Object>(List.of("bench", "step", config, "--seconds", "0", "--json"));
    words.addAll(adam);
    assertThat(finish(program(words.toArray()))).isZero();
  }

  @Test
  void verifyFindsNothingBeyondRounding() throws Exception {
    for (String precision : List.of("fp32", "tf32", "bf16-mixed")) {
      var set = "train.precision=" + precision;
      try (var child = program("verify", config, "--steps", "1", "--set", set)) {
        assertThat(child.await()).as(child.err()).isZero();
      }
    }
  }

  private static Child train(String name, String set) throws IOException {
    return program("train", config, "--run", name, "--output-dir", temp, "--set", set);
  }

  /// As a process that knows where the library is.
  private static Child program(Object... args) throws IOException {
    var library = "-Dbandlimit.emulator=" + Emulator.file();
    return Child.start("export JAVA_TOOL_OPTIONS=" + library, args);
  }

  private static int finish(Child child) throws IOException, InterruptedException {
    try (child) {
      int code = child.await();
      assertThat(code).as(child.err()).isZero();
      return code;
    }
  }

  private static List<Double> losses(String name) {
    var losses = new ArrayList<Double>();
    for (var row : Csv.read(temp.resolve("tiny").resolve(name).resolve("summary.csv")).rows()) {
      losses.add(Double.valueOf(row.get("train_loss")));
      losses.add(Double.valueOf(row.get("eval_loss")));
    }
    return losses;
  }
}
