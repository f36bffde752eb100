package bandlimit.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bandlimit.backend.Backend;
import bandlimit.backend.Executable;
import bandlimit.backend.reference.ReferenceBackend;
import bandlimit.config.ConfigFile;
import bandlimit.config.TrainConfig;
import bandlimit.data.Datasets;
import bandlimit.data.Split;
import bandlimit.data.Transforms;
import bandlimit.error.CheckpointException;
import bandlimit.error.DivergedException;
import bandlimit.error.OutputException;
import bandlimit.error.PreemptedException;
import bandlimit.graph.op.FusedOp;
import bandlimit.graph.op.Op;
import bandlimit.nn.Activation;
import bandlimit.nn.BatchNorm;
import bandlimit.nn.BlurPool;
import bandlimit.nn.Conv;
import bandlimit.nn.Dropout;
import bandlimit.nn.GlobalAvgPool;
import bandlimit.nn.Layer;
import bandlimit.nn.Linear;
import bandlimit.plan.Program;
import bandlimit.signal.Boundary;
import bandlimit.signal.Filter;
import bandlimit.store.Safetensors;
import bandlimit.tensor.DType;
import bandlimit.tensor.HostTensor;
import bandlimit.tensor.TensorType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Laws of the training loop, on the reference backend with a network of three layers.
final class TrainerTest {
  private static final List<String> FILES =
      List.of("model.safetensors", "optimizer.safetensors", "ema.safetensors");

  @TempDir private Path temp;

  @Test
  void aStoppedAndResumedRunEndsInTheSameBytes() throws IOException {
    run("whole", EMA, () -> false);
    // an epoch asks 4 times in training and 2 in evaluation: stopped in mid-epoch, behind its last
    // update, in the evaluation and in the second epoch
    for (int stopAt : List.of(1, 4, 6, 8)) {
      var updates = new AtomicInteger();
      var name = "stopped" + stopAt;
      assertThatThrownBy(() -> run(name, EMA, () -> updates.incrementAndGet() == stopAt))
          .isInstanceOf(PreemptedException.class)
          .hasMessageContaining("--resume");
      resume(name, EMA);
      assertSameWeights("whole", name);
      assertThat(Files.readString(file(name, "summary.csv")).replaceAll(",[^,]*,[^,]*\n", "\n"))
          .isEqualTo(
              Files.readString(file("whole", "summary.csv")).replaceAll(",[^,]*,[^,]*\n", "\n"));
    }
  }

  @Test
  void aKilledRunResumesFromItsLastCheckpointToTheSameBytes() throws IOException {
    run("whole", EMA, () -> false);
    var updates = new AtomicInteger();
    BooleanSupplier kill =
        () -> {
          if (updates.incrementAndGet() == 9) {
            throw new IllegalStateException("killed"); // no chance to write anything
          }
          return false;
        };
    assertThatThrownBy(() -> run("killed", EMA, kill)).hasMessage("killed");
    resume("killed", EMA);
    assertSameWeights("whole", "killed");
  }

  @Test
  void aMachineThatCutsWindowsItselfTrainsOnTheSameImages() {
    for (var mode : List.of("zero", "reflect")) {
      var augment = "augment: {crop_padding: 2, crop_mode: %s, flip: 0.5}\n".formatted(mode);
      run("cut " + mode, augment, () -> false);
      run("uncut " + mode, augment, () -> false, new Cutting(new ReferenceBackend()));
      assertClose("cut " + mode, "uncut " + mode, 1e-6);
    }
    assertThatThrownBy(() -> assertClose("cut zero", "cut reflect", 1e-6))
        .isInstanceOf(AssertionError.class);
  }

  @Test
  void everyAugmentationResumesToTheSameBytes() throws IOException {
    var augment =
        EMA
            + "augment: {auto_augment: rand-m9-mstd0.5-inc1, color_jitter: 0.4, mixup: 0.8, cutmix:"
            + " 1.0, flip: 0.5}\n"
            + "augment.erase: {prob: 0.5, count: 2}\n";
    run("whole", augment, () -> false);
    var updates = new AtomicInteger();
    assertThatThrownBy(() -> run("stopped", augment, () -> updates.incrementAndGet() == 3))
        .isInstanceOf(PreemptedException.class);
    resume("stopped", augment);
    assertSameWeights("whole", "stopped");
    run("other", EMA, () -> false);
    assertThatThrownBy(() -> assertClose("whole", "other", 1e-6))
        .isInstanceOf(AssertionError.class);
  }

  @Test
  void mixingWithNobodyIsNoMixing() throws IOException {
    run("plain", "", () -> false);
    run("mixed", "augment: {mixup: 0.8, mixup_prob: 0.0}\n", () -> false);
    assertClose("plain", "mixed", 1e-6);
  }

  @Test
  void anotherSeedEndsElsewhere() throws IOException {
    run("whole", EMA, () -> false);
    run("other", EMA + "seed: 1\n", () -> false);
    var model = "model.safetensors";
    assertThat(Files.mismatch(last("other").resolve(model), last("whole").resolve(model)))
        .isNotEqualTo(-1);
  }

  @Test
  void theLossFalls() throws IOException {
    run("long", "train: {epochs: 6}\n", () -> false);
    var rows = bandlimit.store.Csv.read(file("long", "summary.csv")).rows();
    assertThat(rows).hasSize(6);
    assertThat(Double.parseDouble(rows.getLast().get("train_loss")))
        .isLessThan(Double.parseDouble(rows.getFirst().get("train_loss")) - 0.05);
  }

  @Test
  void twoHalfBatchesMakeOneUpdate() {
    var plain = "model: {name: nonorm}\naugment: {flip: 0.0}\n";
    run("one", plain, () -> false);
    run("two", plain + "data: {batch_size: 8}\ntrain: {grad_accum_steps: 2}\n", () -> false);
    assertClose("one", "two", 1e-6);
  }

  @Test
  void anAverageThatKeepsNothingIsTheWeights() throws IOException {
    run("ema", "ema: {enabled: true, decay: 0.0}\n", () -> false);
    assertThat(
            Files.mismatch(
                last("ema").resolve("ema.safetensors"), last("ema").resolve("model.safetensors")))
        .isEqualTo(-1);
  }

  @Test
  void divergenceNamesTheNodeAndKeepsTheCheckpoint() throws IOException {
    assertThatThrownBy(
            () ->
                run(
                    "diverged",
                    "model: {name: nonorm}\n"
                        + "optimizer: {lr: 1.0e+37, momentum: 0.0, nesterov: false}\n",
                    () -> false))
        .isInstanceOf(DivergedException.class)
        .hasMessageContaining("first bad value: ")
        .hasMessageMatching(
            "(?s)update [2-9].*\\((Conv2d|Moments|Normalize|MatMul|[A-Z]\\w+)\\).*");
    try (var files = Files.list(file("diverged", "checkpoints"))) {
      assertThat(files.filter(f -> f.toString().contains("tmp"))).isEmpty();
    }
  }

  @Test
  void anotherArchitectureIsRefused() {
    run("whole", "", () -> false);
    assertThatThrownBy(() -> resume("whole", "model: {name: nonorm}\n"))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("nonorm.weight");
  }

  @Test
  void aFutureFormatAndATruncatedFileAreRefused() throws IOException {
    run("whole", "", () -> false);
    var state = last("whole").resolve("state.json");
    var good = Files.readString(state);
    Files.writeString(state, good.replaceFirst("\"format\"\\s*:\\s*1", "\"format\" : 99"));
    assertThatThrownBy(() -> resume("whole", ""))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("format 99");
    Files.writeString(state, good);
    var model = last("whole").resolve("model.safetensors");
    var bytes = Files.readAllBytes(model);
    Files.write(model, java.util.Arrays.copyOf(bytes, bytes.length - 7));
    assertThatThrownBy(() -> resume("whole", ""))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("model.safetensors");
  }

  @Test
  void aRunFolderThatExistsIsNotTouched() throws IOException {
    run("whole", "", () -> false);
    var before = Files.readString(file("whole", "train.log"));
    assertThatThrownBy(() -> run("whole", "", () -> false))
        .isInstanceOf(OutputException.class)
        .hasMessageContaining("exists already");
    assertThat(file("whole", "train.log")).hasContent(before);
  }

  private static final String EMA = "ema: {enabled: true, decay: 0.9}\n";

  private TrainConfig config(String overrides) {
    var text =
        """
        experiment: laws
        model: {name: bn}
        data: {name: shapes, batch_size: 16, train_size: 64, test_size: 32, image_size: 16}
        train: {epochs: 2}
        optimizer: {name: sgd, lr: 0.05, nesterov: true}
        augment: {flip: 0.5}
        shift: {protocols: []}
        output_dir: %s
        """
            .formatted(temp);
    var sets = new ArrayList<String>();
    for (String line : overrides.lines().toList()) {
      var key = line.substring(0, line.indexOf(':'));
      var value = line.substring(line.indexOf(':') + 1).strip();
      if (value.startsWith("{")) {
        for (String pair : value.substring(1, value.length() - 1).split(", ")) {
          var parts = pair.split(": ");
          sets.add(key + "." + parts[0] + "=" + parts[1]);
        }
      } else {
        sets.add(key + "=" + value);
      }
    }
    return ConfigFile.parse(text, temp.resolve("c.yaml"), sets, ConfigFile.KnownNames.ANY).single();
  }

  private static Layer layer(String name, int classes) {
    return (scope, x) -> {
      var y = Conv.of(6, 3, 1, 1).build(scope.in("conv1"), x);
      if (name.equals("nonorm")) {
        y = Conv.of(6, 1, 1, 0).withBias().build(scope.in("nonorm"), y);
      } else {
        y = new BatchNorm().build(scope.in("bn1"), y);
      }
      y = Activation.RELU.build(scope.in("relu"), y);
      y = new BlurPool(Filter.binomial(3), 2, Boundary.REFLECT).build(scope.in("blur"), y);
      y = new GlobalAvgPool().build(scope.in("gap"), y);
      y = name.equals("nonorm") ? y : new Dropout(0.2).build(scope.in("drop"), y);
      return new Linear(classes).build(scope.in("fc"), y);
    };
  }

  private void run(String name, String overrides, BooleanSupplier stop) {
    run(name, overrides, stop, new ReferenceBackend());
  }

  private void run(String name, String overrides, BooleanSupplier stop, Backend backend) {
    var config = config(overrides);
    var place = RunFolder.place(config, Optional.of(name), Optional.empty(), LocalDateTime.MIN);
    var environment =
        new Environment("test", "", "", "", 1, 1, "reference", "", "", List.of(), "now");
    var folder = RunFolder.create(place, config, "", environment);
    train(config, folder, stop, Optional.empty(), backend);
  }

  private void resume(String name, String overrides) {
    var folder = new RunFolder(temp.resolve("laws").resolve(name));
    var checkpoint = Checkpoint.open(folder.path(), "last");
    train(config(overrides), folder, () -> false, Optional.of(checkpoint), new ReferenceBackend());
  }

  private static void train(
      TrainConfig config,
      RunFolder folder,
      BooleanSupplier stop,
      Optional<Checkpoint> from,
      Backend backend) {
    var train = Datasets.open(config.data().spec(), Split.TRAIN);
    var test = Datasets.open(config.data().spec(), Split.TEST);
    var layer = layer(config.model().name(), train.classNames().size());
    var task = Task.of(layer, train, test).withAugment(Transforms.of(config.augment(), train));
    var around = new Trainer.Surroundings(folder, "test", _ -> {}, Progress.NONE, stop);
    try (backend;
        var trainer =
            from.map(c -> Trainer.resume(config, task, backend, around, c))
                .orElseGet(() -> Trainer.start(config, task, backend, around))) {
      trainer.run();
    }
  }

  /// The reference, which gets training images uncut.
  private record Cutting(ReferenceBackend reference) implements Backend {
    @Override
    public boolean cutsWindows() {
      return true;
    }

    @Override
    public String name() {
      return reference.name();
    }

    @Override
    public String describe() {
      return reference.describe();
    }

    @Override
    public boolean has(FusedOp op) {
      return reference.has(op);
    }

    @Override
    public long scratchBytes(Op op, List<TensorType> in, TensorType out) {
      return reference.scratchBytes(op, in, out);
    }

    @Override
    public int elementBytes(DType dtype) {
      return reference.elementBytes(dtype);
    }

    @Override
    public Executable compile(Program program) {
      assertThat(program.plan(TrainGraph.TRAIN).inputs()).containsKey(TrainGraph.WINDOWS);
      return reference.compile(program);
    }

    @Override
    public void close() {
      reference.close();
    }
  }

  private Path file(String run, String name) {
    return temp.resolve("laws").resolve(run).resolve(name);
  }

  private Path last(String run) {
    return file(run, "checkpoints").resolve("last");
  }

  private void assertSameWeights(String a, String b) throws IOException {
    for (String name : FILES) {
      assertThat(Files.mismatch(last(a).resolve(name), last(b).resolve(name)))
          .as("first differing byte in %s of %s and %s", name, a, b)
          .isEqualTo(-1);
    }
  }

  private void assertClose(String a, String b, double tolerance) {
    try (var first = Safetensors.open(last(a).resolve("model.safetensors"));
        var second = Safetensors.open(last(b).resolve("model.safetensors"))) {
      assertThat(first.names()).isNotEmpty().isEqualTo(second.names());
      for (String name : first.names()) {
        HostTensor x = first.tensor(name);
        HostTensor y = second.tensor(name);
        for (long i = 0; i < x.shape().size(); i++) {
          assertThat(y.get(i))
              .as(name)
              .isCloseTo(x.get(i), org.assertj.core.data.Offset.offset(tolerance));
        }
      }
    }
  }
}
