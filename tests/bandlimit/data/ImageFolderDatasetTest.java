package bandlimit.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import bandlimit.error.DataException;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImageFolderDatasetTest {
  @TempDir Path folder;

  private void photo(String name) throws IOException {
    Path file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    String format = name.endsWith(".png") ? "png" : "jpg";
    var image = ImageFilesTest.quarters(BufferedImage.TYPE_INT_RGB);
    Files.write(file, ImageFilesTest.encode(image, format));
  }

  private DataSpec spec() {
    return DataSpec.of("imagefolder").withRoot(folder.toString()).withImageSize(28);
  }

  private void twoClasses() throws IOException {
    for (String part : new String[] {"train", "val"}) {
      photo(part + "/dog/b.JPEG");
      photo(part + "/dog/a.png");
      photo(part + "/cat/x.jpg");
    }
    Files.writeString(folder.resolve("train/dog/notes.txt"), "not an image");
  }

  @Test
  void classesAndFilesAreInTheOrderOfTheirNames() throws IOException {
    twoClasses();
    for (Split split : Split.values()) {
      Dataset set = Datasets.open(spec(), split);
      assertThat(set.classNames()).containsExactly("cat", "dog");
      assertThat(set.size()).isEqualTo(3);
      assertThat(java.util.List.of(set.label(0), set.label(1), set.label(2)))
          .containsExactly(0, 1, 1);
      assertThat(set.image(2).width()).isEqualTo(48);
    }
    assertThat(Datasets.open(spec().withLimit(2), Split.TRAIN).label(1)).isEqualTo(1);
  }

  @Test
  void batchesHaveTheSampleSize() throws IOException {
    twoClasses();
    try (var train =
            Loader.train(Datasets.open(spec(), Split.TRAIN), AugmentSpec.imagenet(), 3, 1, 2);
        var test = Loader.evaluation(Datasets.open(spec(), Split.TEST), 2, 1)) {
      train.startEpoch(0, 0);
      test.startEpoch(0, 0);
      assertThat(train.next()).isTrue();
      assertThat(test.next()).isTrue();
      assertThat(train.batch().images().shape().dims()).containsExactly(3, 28, 28, 3);
    }
  }

  @Test
  void anUndecodableFileIsNamedOrSkippedWithWeightZero() throws IOException {
    twoClasses();
    Files.writeString(folder.resolve("val/dog/a.png"), "<html>404</html>");
    Dataset strict = Datasets.open(spec(), Split.TEST);
    try (var loader = Loader.evaluation(strict, 3, 1)) {
      loader.startEpoch(0, 0);
      assertThatThrownBy(loader::next)
          .isInstanceOf(DataException.class)
          .hasMessageContainingAll("val/dog/a.png", "skip_undecodable");
    }
    Dataset lenient = Datasets.open(spec().withSkipUndecodable(true), Split.TEST);
    try (var loader = Loader.evaluation(lenient, 3, 1)) {
      for (int epoch = 0; epoch < 2; epoch++) { // counted once
        loader.startEpoch(epoch, 0);
        assertThat(loader.next()).isTrue();
        assertThat(loader.batch().weights().toDoubles()).containsExactly(1, 0, 1);
      }
    }
    assertThat(lenient.warnings()).hasSize(1).first().asString().contains("val/dog/a.png");
  }

  @Test
  void badFoldersAreNamed() throws IOException {
    assertBad(Split.TRAIN, folder.resolve("train").toString(), "train/CLASS/*.jpg");
    Files.createDirectories(folder.resolve("train"));
    assertBad(Split.TRAIN, "no class folders", folder.resolve("train").toString());
    twoClasses();
    Files.createDirectories(folder.resolve("train/emu"));
    assertBad(Split.TRAIN, "train/emu", "holds no .jpg");
    assertBad(Split.TEST, "val", "2 classes", "train has 3", "[emu]");
    photo("train/emu/e.jpg");
    photo("val/fox/f.jpg");
    assertBad(Split.TEST, "[emu]", "[fox]");
  }

  private void assertBad(Split split, String... parts) {
    assertThatThrownBy(() -> Datasets.open(spec(), split))
        .isInstanceOf(DataException.class)
        .hasMessageContainingAll(parts);
  }

  @Test
  void realPhotographsLoad() throws IOException {
    Path sample = Path.of("../shared/data/imagenet-sample").toAbsolutePath().normalize();
    assumeTrue(Files.isDirectory(sample), "no ../shared/data: real photographs are not decoded");
    Files.createSymbolicLink(folder.resolve("train"), sample);
    Files.createSymbolicLink(folder.resolve("val"), sample);
    DataSpec spec = DataSpec.of("imagefolder").withRoot(folder.toString());
    Dataset set = Datasets.open(spec, Split.TEST);
    assertThat(set.size()).isEqualTo(53);
    try (var loader = Loader.evaluation(set, 53, 2)) {
      loader.startEpoch(0, 0);
      assertThat(loader.next()).isTrue();
      double sum = 0;
      for (double level : loader.batch().images().toDoubles()) {
        sum += level;
      }
      // ImageNet's own mean is 0.45 of 255; black or bleached images would be far off.
      assertThat(sum / loader.batch().images().shape().size()).isBetween(90.0, 145.0);
    }
    Files.delete(folder.resolve("train")); // JUnit warns of links that leave its folder
    Files.delete(folder.resolve("val"));
  }
}
