package bandlimit.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import bandlimit.backend.cpu.CpuBackend;
import bandlimit.backend.reference.ReferenceBackend;
import bandlimit.config.ConfigFile;
import bandlimit.config.Loss;
import bandlimit.config.Optimizer;
import bandlimit.config.TrainConfig;
import bandlimit.data.Normalization;
import bandlimit.error.ConfigException;
import bandlimit.error.DataException;
import bandlimit.eval.Classifier;
import bandlimit.eval.Network;
import bandlimit.graph.op.Mul;
import bandlimit.graph.op.Reshape;
import bandlimit.nn.Init;
import bandlimit.plan.Planner;
import bandlimit.store.Json;
import bandlimit.store.Npy;
import bandlimit.tensor.DType;
import bandlimit.tensor.HostTensor;
import bandlimit.tensor.Shape;
import bandlimit.tensor.TensorType;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Networks that decide on every column of a signal, and weights of classes.
class ColumnsTest {
  @TempDir Path folder;

  /// The logits are the input: two columns of two classes.
  private static double loss(List<Double> weights, float[] logits, float... labels) {
    var network =
        new Network(
            (scope, x) -> {
              var one = scope.parameter("one", Shape.of(2), Init.ONES, false);
              var y = scope.apply("y", new Mul(), x, one);
              return scope.in("rows").apply(new Reshape(Shape.of(2 * x.shape().n(), 2)), y);
            },
            TensorType.f32(1, 2, 2),
            Normalization.uniform(2, 0, 1),
            List.of("none", "event"));
    var sgd = new Optimizer.Sgd(0.1, 0, false, 0, false, Optional.empty());
    var options =
        new TrainGraph.Options(
            2,
            2,
            1,
            new Loss.CrossEntropy(0, weights),
            sgd,
            false,
            false,
            false,
            false,
            Optional.empty());
    var graph = new TrainGraph(network, options);
    try (var backend = new ReferenceBackend();
        var executable = backend.compile(Planner.plan(graph.procedures(), backend))) {
      for (var variable : graph.variables().all()) {
        executable.write(executable.program().state(variable.path()), variable.initial(3));
      }
      var plan = executable.program().plan(TrainGraph.TRAIN);
      executable.write(plan.input(Classifier.IMAGES), HostTensor.of(Shape.of(2, 1, 2, 2), logits));
      var classes = HostTensor.allocate(TensorType.of(DType.I32, 4));
      for (int i = 0; i < 4; i++) {
        classes.set(i, labels[i]);
      }
      executable.write(plan.input(TrainGraph.LABELS), classes);
      executable.write(plan.input(TrainGraph.WEIGHTS), HostTensor.of(Shape.of(2), 1f, 0f));
      executable.write(plan.input(TrainGraph.RATE), HostTensor.of(Shape.of(), 0f));
      executable.run(plan);
      return executable.read(plan.output(TrainGraph.LOSS)).get(0);
    }
  }

  @Test
  void theLossIsTheMeanOverColumnsWeightedByClass() {
    float[] logits = {1, 0, 0, 2, 5, -3, 4, 1};
    double none = Math.log(1 + Math.exp(-1));
    double event = Math.log(1 + Math.exp(-2));
    // the second sample has weight 0, and the mean is over the batch
    assertThat(loss(List.of(), logits, 0, 1, 0, 1)).isCloseTo((none + event) / 4, within(1e-6));
    assertThat(loss(List.of(1.0, 5.0), logits, 0, 1, 0, 1))
        .isCloseTo((none + 5 * event) / 4, within(1e-6));
    assertThatThrownBy(() -> loss(List.of(1.0, 2.0, 3.0), logits, 0, 1, 0, 1))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("loss.class_weights has 3 numbers, but there are 2 classes");
  }

  /// 100 seconds of sharp peaks at 50 Hz, in noise of a tenth of their height.
  private void aSignalWithEvents() throws IOException {
    var random = new Random(7);
    int length = 5000;
    var data = ByteBuffer.allocate(4 * length).order(ByteOrder.LITTLE_ENDIAN);
    var events = new StringBuilder("sample\n");
    int next = 20;
    for (int t = 0; t < length; t++) {
      double x = 0.1 * random.nextGaussian();
      x += Math.max(0, 1.5 - Math.abs(t - next));
      if (t == next + 2) {
        events.append(next).append('\n');
        next += 35 + random.nextInt(30);
      }
      data.putFloat((float) x);
    }
    Npy.write(folder.resolve("signal.npy"), Npy.Type.F32, List.of(length), data.array());
    Files.writeString(folder.resolve("events.csv"), events.toString());
  }

  private TrainConfig config(String... overrides) throws IOException {
    aSignalWithEvents();
    var file =
        Files.writeString(
            folder.resolve("config.yaml"),
            """
            model: {name: conv1d_beats, padding: signal}
            data:
              name: signal
              root: .
              batch_size: 8
              signal: {rate: 50, window: 160, hop: 37, context: 232, target: columns, stride: 8,
                       radius: 6, delay: 12}
            loss: {class_weights: [1, 3]}
            train: {epochs: 6}
            optimizer: {lr: 0.05}
            shift: {protocols: []}
            """);
    return ConfigFile.load(file, List.of(overrides), ConfigFile.KnownNames.ANY).single();
  }

  private void train(TrainConfig config) {
    try (var backend = new CpuBackend(1)) {
      var run = TrainingRun.Request.start(config, "", folder.resolve("run"));
      TrainingRun.train(run, backend, Environment.of(backend), TrainingRun.Console.SILENT);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"cross_entropy", "binary_cross_entropy"})
  void aDetectorLearnsToFindEventsAndSaysHowMany(String loss) throws IOException {
    train(config("loss.name=" + loss));
    var found = Json.read(folder.resolve("run/events.json"), DataException::new);
    assertThat(found.path("network").path("sensitivity").path("percent").asDouble())
        .as(found.toString())
        .isGreaterThan(90);
    assertThat(found.path("network").path("predictivity").path("percent").asDouble())
        .as(found.toString())
        .isGreaterThan(90);
  }

  @Test
  void whatDoesNotFitIsRefusedBeforeAnythingIsWritten() throws IOException {
    refused(config("data.signal.context=224"), "reads 226 before the first sample");
    refused(
        config("data.signal.labels=[]", "model.num_classes=3", "loss.name=binary_cross_entropy"),
        "binary_cross_entropy is for two classes, but there are 3; take cross_entropy");
    refused(config("data.signal.stride=16"), "conv1d_beats gives 20 decisions a sample, but");
    assertThatThrownBy(() -> config("shift.protocols=[circular]"))
        .hasMessageContaining("shifts are measured on one decision a sample");
    assertThatThrownBy(() -> config("model.padding=zero"))
        .hasMessageContaining("signal and data.signal.context go together");
    assertThatThrownBy(() -> config("data.name=npy"))
        .hasMessageContaining("is for data.name: signal");
  }

  private void refused(TrainConfig config, String why) {
    assertThatThrownBy(() -> train(config))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining(why);
    assertThat(folder.resolve("run")).doesNotExist();
  }
}
