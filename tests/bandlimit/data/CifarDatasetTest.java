package bandlimit.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bandlimit.error.ConfigException;
import bandlimit.error.DataException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CifarDatasetTest {
  private static final int TEN_RECORD = 1 + 3072;
  private static final int HUNDRED_RECORD = 2 + 3072;

  @TempDir Path folder;

  /// A file of `records` records: all zero (and sparse), but for the bytes at `at`.
  private void write(String name, long bytes, long at, int... values) throws IOException {
    Files.createDirectories(folder.resolve(name).getParent());
    try (var file = new RandomAccessFile(folder.resolve(name).toFile(), "rw")) {
      file.setLength(bytes);
      file.seek(at);
      for (int value : values) {
        file.write(value);
      }
    }
  }

  private DataSpec spec(String name) {
    return DataSpec.of(name).withRoot(folder.toString());
  }

  @Test
  void planesBecomePixels() throws IOException {
    write("test_batch.bin", 10_000L * TEN_RECORD, 2 * TEN_RECORD, 9, 11, 12);
    write("test_batch.bin", 10_000L * TEN_RECORD, 2 * TEN_RECORD + 1 + 1024, 21, 22);
    write("test_batch.bin", 10_000L * TEN_RECORD, 2 * TEN_RECORD + 1 + 2048 + 33, 255);
    Dataset set = Datasets.open(spec("cifar10"), Split.TEST);
    assertThat(set.size()).isEqualTo(10_000);
    assertThat(set.label(2)).isEqualTo(9);
    assertThat(set.classNames().get(9)).isEqualTo("truck");
    Image image = set.image(2);
    assertThat(image.type()).isEqualTo(set.sampleType());
    assertThat(image.at(0, 0, 0)).isEqualTo(11);
    assertThat(image.at(0, 1, 0)).isEqualTo(12);
    assertThat(image.at(0, 0, 1)).isEqualTo(21);
    assertThat(image.at(0, 1, 1)).isEqualTo(22);
    assertThat(image.at(1, 1, 2)).isEqualTo(255);
    assertThat(set.image(3).at(0, 0, 0)).isZero();
  }

  @Test
  void trainingSpansFiveFilesAndFindsTheUsualSubfolder() throws IOException {
    for (int i = 1; i <= 5; i++) {
      write("cifar-10-batches-bin/data_batch_" + i + ".bin", 10_000L * TEN_RECORD, 0, i, 50 + i);
    }
    Dataset set = Datasets.open(spec("cifar10"), Split.TRAIN);
    assertThat(set.size()).isEqualTo(50_000);
    assertThat(set.label(40_000)).isEqualTo(5);
    assertThat(set.image(40_000).at(0, 0, 0)).isEqualTo(55);
    assertThat(Datasets.open(spec("cifar10").withLimit(7), Split.TRAIN).size()).isEqualTo(7);
  }

  @Test
  void cifar100UsesTheFineLabel() throws IOException {
    write("test.bin", 10_000L * HUNDRED_RECORD, HUNDRED_RECORD, 3, 99, 77);
    Dataset set = Datasets.open(spec("cifar100"), Split.TEST);
    assertThat(set.label(1)).isEqualTo(99);
    assertThat(set.classNames()).hasSize(100).doesNotHaveDuplicates().endsWith("worm");
    assertThat(set.image(1).at(0, 0, 0)).isEqualTo(77);
  }

  @Test
  void aMissingFolderSaysWhereAndHow() {
    assertThatThrownBy(() -> Datasets.open(spec("cifar10").withRoot("/nowhere/x"), Split.TRAIN))
        .isInstanceOf(DataException.class)
        .hasMessageContainingAll("/nowhere/x", "data_batch_1..5.bin", "cifar-10-binary.tar.gz");
    assertThatThrownBy(() -> Datasets.open(spec("cifar10"), Split.TRAIN))
        .isInstanceOf(DataException.class)
        .hasMessageContainingAll("data_batch_1.bin", folder.toString(), "cifar-10-batches-bin");
    assertThatThrownBy(() -> Datasets.open(DataSpec.of("cifar10"), Split.TRAIN))
        .isInstanceOf(ConfigException.class)
        .hasMessageContainingAll("data.root", "cifar10");
    assertThatThrownBy(
            () -> Datasets.open(DataSpec.of("cifar10").withRoot("~/no-such"), Split.TEST))
        .hasMessageContaining(System.getProperty("user.home") + "/no-such");
  }

  @Test
  void aTruncatedFileSaysItsSizeAndTheRightOne() throws IOException {
    write("test_batch.bin", 30_729_999, 0);
    assertThatThrownBy(() -> Datasets.open(spec("cifar10"), Split.TEST))
        .isInstanceOf(DataException.class)
        .hasMessageContainingAll("test_batch.bin", "30729999", "30730000", "truncated");
  }

  @Test
  void aLabelOutOfRangeIsLocated() throws IOException {
    write("test_batch.bin", 10_000L * TEN_RECORD, 9_999L * TEN_RECORD, 10);
    assertThatThrownBy(() -> Datasets.open(spec("cifar10"), Split.TEST))
        .isInstanceOf(DataException.class)
        .hasMessageContainingAll("test_batch.bin", "record 9999", "label 10", "10 classes");
    assertThat(Datasets.open(spec("cifar10").withLimit(9_999), Split.TEST).size()).isEqualTo(9_999);
  }

  @Test
  void anUnknownNameGivesTheList() {
    assertThatThrownBy(() -> Datasets.open(DataSpec.of("cifer10"), Split.TRAIN))
        .isInstanceOf(ConfigException.class)
        .hasMessageContainingAll("cifer10", "shapes, cifar10, cifar100");
    assertThatThrownBy(() -> Datasets.open(spec("cifar10").withImageSize(64), Split.TRAIN))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("image_size");
  }
}
