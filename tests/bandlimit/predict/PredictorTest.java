package bandlimit.predict;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bandlimit.config.ConfigFile;
import bandlimit.data.Image;
import bandlimit.data.Split;
import bandlimit.device.Devices;
import bandlimit.error.CheckpointException;
import bandlimit.error.DataException;
import bandlimit.train.Environment;
import bandlimit.train.Task;
import bandlimit.train.TrainingRun;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PredictorTest {
  @TempDir private static Path temp;
  private static Path run = Path.of("");

  @BeforeAll
  static void train() {
    run = temp.resolve("run");
    var text =
        """
        model: {name: smallcnn, antialias: {kind: lowpass, taps: 3}}
        data: {name: shapes, batch_size: 16, train_size: 64, test_size: 16, image_size: 16}
        train: {epochs: 1}
        shift: {protocols: []}
        """;
    var known = ConfigFile.KnownNames.ANY;
    var config = ConfigFile.parse(text, temp.resolve("c.yaml"), List.of(), known).single();
    try (var device = Devices.open("cpu")) {
      TrainingRun.train(
          TrainingRun.Request.start(config, text, run),
          Task.of(config),
          device.backend(),
          Environment.of(device.backend()),
          TrainingRun.Console.SILENT);
    }
  }

  private static List<Image> noise(int count, int height, int width) {
    var random = new SplittableRandom(7);
    return IntStream.range(0, count)
        .mapToObj(
            _ -> {
              var bytes = new byte[height * width * 3];
              random.nextBytes(bytes);
              return Image.of(height, width, 3, bytes);
            })
        .toList();
  }

  @Test
  void anImagesAnswerDependsOnNoOtherImage() {
    var images = noise(2 * Predictor.BATCH + 3, 16, 16);
    try (var predictor = Predictor.load(run, "cpu")) {
      var together = predictor.predict(images);
      assertThat(together).hasSameSizeAs(images);
      for (int i : List.of(0, Predictor.BATCH - 1, Predictor.BATCH, images.size() - 1)) {
        assertThat(predictor.predict(List.of(images.get(i)))).containsExactly(together.get(i));
      }
      assertThat(together.stream().distinct()).hasSizeGreaterThan(30);
    }
  }

  @Test
  void severalThreadsGetTheAnswersOfOne() throws Exception {
    var images = noise(24, 20, 28);
    try (var predictor = Predictor.load(run);
        var threads = Executors.newFixedThreadPool(4)) {
      var expected = predictor.predict(images);
      var answers = new ArrayList<Future<List<Prediction>>>();
      for (int i = 0; i < 12; i++) {
        int from = i;
        Callable<List<Prediction>> ask = () -> predictor.predict(images.subList(from, from + 9));
        answers.add(threads.submit(ask));
      }
      for (int i = 0; i < 12; i++) {
        assertThat(answers.get(i).get()).isEqualTo(expected.subList(i, i + 9));
      }
    }
  }

  @Test
  void theDevicesAgree() {
    var images = noise(3, 16, 16);
    try (var cpu = Predictor.load(run, "cpu");
        var reference = Predictor.load(run, "reference")) {
      var fast = cpu.predict(images);
      var exact = reference.predict(images);
      for (int i = 0; i < images.size(); i++) {
        assertThat(fast.get(i).top().name()).isEqualTo(exact.get(i).top().name());
        assertThat(fast.get(i).top().probability())
            .isCloseTo(exact.get(i).top().probability(), org.assertj.core.data.Offset.offset(1e-5));
      }
    }
  }

  @Test
  void namesAreThoseOfTheDataSet() {
    var text = "model: {name: smallcnn}\ndata: {name: shapes}\ntrain: {epochs: 1}\n";
    var known = ConfigFile.KnownNames.ANY;
    var data = ConfigFile.parse(text, temp.resolve("c.yaml"), List.of(), known).single().data();
    try (var predictor = Predictor.load(run)) {
      assertThat(predictor.classNames())
          .isEqualTo(bandlimit.data.Datasets.open(data.spec(), Split.TEST).classNames());
      assertThat(predictor.predict(List.of())).isEmpty();
    }
  }

  @Test
  void whatCannotBeUsedIsSaid() {
    assertThatThrownBy(() -> Predictor.load(temp)).isInstanceOf(CheckpointException.class);
    var signal = Image.of(16, 16, 3, new float[16 * 16 * 3]);
    try (var predictor = Predictor.load(run)) {
      assertThatThrownBy(() -> predictor.predict(List.of(signal)))
          .isInstanceOf(DataException.class)
          .hasMessageContaining("the network takes u8");
    }
  }
}
