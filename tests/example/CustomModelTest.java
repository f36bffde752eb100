package example;

import static org.assertj.core.api.Assertions.assertThat;

import bandlimit.config.ConfigFile;
import bandlimit.config.TrainConfig;
import bandlimit.data.Dataset;
import bandlimit.data.Image;
import bandlimit.data.Loader;
import bandlimit.data.Normalization;
import bandlimit.data.Split;
import bandlimit.data.Transform;
import bandlimit.device.Devices;
import bandlimit.eval.Evaluation;
import bandlimit.graph.Node;
import bandlimit.graph.op.Add;
import bandlimit.nn.Activation;
import bandlimit.nn.BatchNorm;
import bandlimit.nn.BlurPool;
import bandlimit.nn.Conv;
import bandlimit.nn.GlobalAvgPool;
import bandlimit.nn.Layer;
import bandlimit.nn.Linear;
import bandlimit.nn.Scope;
import bandlimit.predict.Predictor;
import bandlimit.signal.Boundary;
import bandlimit.signal.Filter;
import bandlimit.tensor.DType;
import bandlimit.tensor.TensorType;
import bandlimit.train.Checkpoint;
import bandlimit.train.Environment;
import bandlimit.train.LoadedNetwork;
import bandlimit.train.Task;
import bandlimit.train.TrainingRun;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A layer, a network, a data set and a transform of one's own, trained, evaluated, saved and used.
class CustomModelTest {
  /// A layer that reads its input twice: x + relu(conv(x)).
  record Residual(int channels) implements Layer {
    @Override
    public Node build(Scope scope, Node x) {
      var y = Conv.of(channels, 3, 1, 1).build(scope.in("conv"), x);
      y = new BatchNorm().build(scope.in("bn"), y);
      y = Activation.RELU.build(scope.in("relu"), y);
      return scope.apply("add", new Add(), x, y);
    }
  }

  /// A network is a layer as well.
  record Stripes(int classes) implements Layer {
    @Override
    public Node build(Scope scope, Node x) {
      var y = Conv.of(8, 3, 1, 1).build(scope.in("stem"), x);
      y = new Residual(8).build(scope.in("block"), y);
      y = new BlurPool(Filter.binomial(3), 2, Boundary.REFLECT).build(scope.in("blur"), y);
      y = new GlobalAvgPool().build(scope.in("pool"), y);
      return new Linear(classes).build(scope.in("fc"), y);
    }
  }

  /// Stripes that lie, stand or lean; grey, 12 x 12, drawn from the index.
  record StripeData(Split split, int size) implements Dataset {
    @Override
    public String name() {
      return "stripes";
    }

    @Override
    public TensorType sampleType() {
      return TensorType.of(DType.U8, 12, 12, 1);
    }

    @Override
    public List<String> classNames() {
      return List.of("lying", "standing", "leaning");
    }

    @Override
    public Normalization normalization() {
      return Normalization.uniform(1, 0.5, 0.5);
    }

    @Override
    public int label(int index) {
      return index % 3;
    }

    @Override
    public Image image(int index) {
      var random = new SplittableRandom(31L * index + split.ordinal());
      double phase = random.nextDouble(2 * Math.PI);
      var bytes = new byte[12 * 12];
      for (int i = 0; i < bytes.length; i++) {
        double along = List.of(i / 12, i % 12, i / 12 + i % 12).get(label(index));
        bytes[i] = (byte) (128 + 90 * Math.sin(1.3 * along + phase) + random.nextInt(-20, 20));
      }
      return Image.of(12, 12, 1, bytes);
    }
  }

  /// Light and dark change places in half of the samples.
  private static final Transform INVERT =
      (image, random) -> {
        if (random.nextBoolean()) {
          return image;
        }
        var bytes = image.bytes().clone();
        for (int i = 0; i < bytes.length; i++) {
          bytes[i] = (byte) ~bytes[i];
        }
        return Image.of(image.height(), image.width(), image.channels(), bytes);
      };

  @TempDir private Path temp;

  private TrainConfig config() {
    var text =
        """
        model: {name: stripes}
        data: {name: stripes, batch_size: 24}
        train: {epochs: 4}
        optimizer: {lr: 0.1}
        shift: {protocols: [circular]}
        """;
    return ConfigFile.parse(text, temp.resolve("in-code"), List.of(), ConfigFile.KnownNames.ANY)
        .single();
  }

  @Test
  void trainsEvaluatesSavesAndReloads() {
    var layer = new Stripes(3);
    var test = new StripeData(Split.TEST, 60);
    var task = Task.of(layer, new StripeData(Split.TRAIN, 240), test).withAugment(INVERT);
    var run = temp.resolve("run");
    try (var device = Devices.open("cpu")) {
      var backend = device.backend();
      TrainingRun.train(
          TrainingRun.Request.start(config(), "", run),
          task,
          backend,
          Environment.of(backend),
          TrainingRun.Console.SILENT);

      var checkpoint = Checkpoint.open(run, "last");
      try (var network = LoadedNetwork.open(checkpoint, layer, backend, 20);
          var loader = Loader.evaluation(test, 20, 2)) {
        var scores = Evaluation.run(network.classifier(), loader);
        assertThat(scores.count()).isEqualTo(60);
        assertThat(scores.top1()).as("chance is 33%").isGreaterThan(80);
        assertThat(scores.top1()).isEqualTo(checkpoint.state().last().get("eval/top1"));
      }
    }
    assertThat(run.resolve("shift.json")).content().contains("circular");
    try (var predictor = Predictor.load(run, "cpu", layer)) {
      var right = 0;
      for (int i = 0; i < 30; i++) {
        var top = predictor.predict(List.of(test.image(i))).getFirst().top();
        right += top.index() == test.label(i) ? 1 : 0;
      }
      assertThat(right).isGreaterThan(20);
      assertThat(predictor.classNames()).containsExactly("lying", "standing", "leaning");
    }
  }
}
