package bandlimit.predict;

import static org.assertj.core.api.Assertions.assertThat;

import bandlimit.config.ConfigFile;
import bandlimit.data.Datasets;
import bandlimit.device.Devices;
import bandlimit.model.Models;
import bandlimit.train.Environment;
import bandlimit.train.TrainingRun;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The README's Java snippet on a network trained for a step; `ReadmeTest` compares the texts.
class ReadmeSnippetTest {
  @TempDir private Path folder;

  @Test
  void theSnippetOfTheReadmeRuns() throws IOException {
    Path run = trained();
    List<Path> photos = List.of(picture("tall.png", 40, 70), picture("small.png", 9, 5));
    try (var predictor = Predictor.load(run)) {
      for (var prediction : predictor.predictFiles(photos)) {
        System.out.println(prediction.top().name() + " " + prediction.top().probability());
      }
    }

    var sums = new ArrayList<Double>();
    try (var predictor = Predictor.load(run)) {
      for (var prediction : predictor.predictFiles(photos)) {
        assertThat(predictor.classNames()).contains(prediction.top().name());
        sums.add(prediction.candidates().stream().mapToDouble(c -> c.probability()).sum());
      }
    }
    assertThat(sums).hasSize(2).allMatch(sum -> Math.abs(sum - 1) < 1e-5);
  }

  private Path trained() throws IOException {
    Path file =
        Files.writeString(
            folder.resolve("tiny.yaml"),
            """
            model: {name: smallcnn}
            data: {name: shapes, batch_size: 16, train_size: 16, test_size: 16}
            train: {epochs: 1}
            shift: {protocols: []}
            """);
    var known = new ConfigFile.KnownNames(List.copyOf(Models.names()), Datasets.names());
    var config = ConfigFile.load(file, List.of(), known).single();
    Path run = folder.resolve("run");
    var here = new Environment("test", "", "", "", 1, 0, "", "", "", List.of(), "");
    try (var device = Devices.open("auto")) {
      TrainingRun.train(
          TrainingRun.Request.start(config, "", run),
          device.backend(),
          here,
          TrainingRun.Console.SILENT);
    }
    return run;
  }

  private Path picture(String name, int width, int height) throws IOException {
    Path file = folder.resolve(name);
    var image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    image.setRGB(width / 2, height / 2, 0xff8000);
    assertThat(ImageIO.write(image, "png", file.toFile())).isTrue();
    return file;
  }
}
