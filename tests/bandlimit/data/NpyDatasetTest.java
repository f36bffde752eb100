package bandlimit.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bandlimit.error.DataException;
import bandlimit.store.Npy;
import bandlimit.tensor.TensorType;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NpyDatasetTest {
  @TempDir Path folder;

  private void shorts(String name, List<Integer> shape, int... values) throws IOException {
    var data = ByteBuffer.allocate(2 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    for (int value : values) {
      data.putShort((short) value);
    }
    Npy.write(folder.resolve(name), Npy.Type.I16, shape, data.array());
  }

  private void labels(String name, int... values) throws IOException {
    var data = new byte[values.length];
    for (int i = 0; i < values.length; i++) {
      data[i] = (byte) values[i];
    }
    Npy.write(folder.resolve(name), Npy.Type.I8, List.of(values.length), data);
  }

  @BeforeEach
  void twoSignalsOfLengthThree() throws IOException {
    shorts("train_x.npy", List.of(2, 3), 1000, 1002, 1004, 1006, 1008, -1010);
    labels("train_y.npy", 1, 0);
    shorts("test_x.npy", List.of(1, 3), 7, 8, 9);
    labels("test_y.npy", 1);
  }

  private Dataset open(Split split) {
    return Datasets.open(DataSpec.of("npy").withRoot(folder.toString()), split);
  }

  @Test
  void signalsAreImagesOfHeightOne() {
    Dataset train = open(Split.TRAIN);
    assertThat(train.sampleType()).isEqualTo(TensorType.f32(1, 3, 1));
    assertThat(train.image(1).at(0, 2, 0)).isEqualTo(-1010);
    assertThat(train.label(0)).isEqualTo(1);
    assertThat(train.classNames()).containsExactly("0", "1");
    assertThat(open(Split.TEST).image(0).at(0, 1, 0)).isEqualTo(8);
    // Both splits are measured on the training signals; sd by hand.
    double mean = (1000 + 1002 + 1004 + 1006 + 1008 - 1010) / 6.0;
    double squares = 0;
    for (int v : new int[] {1000, 1002, 1004, 1006, 1008, 1010}) {
      squares += v * v / 6.0;
    }
    assertThat(train.normalization().mean().getFirst()).isCloseTo(mean, Offset.offset(1e-9));
    assertThat(train.normalization().std().getFirst())
        .isCloseTo(Math.sqrt(squares - mean * mean), Offset.offset(1e-9));
    assertThat(open(Split.TEST).normalization()).isEqualTo(train.normalization());
  }

  @Test
  void channelsComeLast() throws IOException {
    shorts("train_x.npy", List.of(1, 2, 3), 1, 2, 3, 4, 5, 6);
    shorts("test_x.npy", List.of(1, 2, 3), 1, 2, 3, 4, 5, 6);
    labels("train_y.npy", 1);
    Dataset train = open(Split.TRAIN);
    assertThat(train.sampleType()).isEqualTo(TensorType.f32(1, 2, 3));
    assertThat(train.image(0).at(0, 1, 0)).isEqualTo(4);
    assertThat(train.normalization().mean()).containsExactly(2.5, 3.5, 4.5);
  }

  @Test
  void theLoaderCropsSignalsInTimeOnly() {
    try (var loader =
        Loader.train(
            open(Split.TRAIN),
            new AugmentSpec(2, AugmentSpec.CropMode.ZERO, 0, java.util.Optional.empty()),
            2,
            1,
            1)) {
      loader.startEpoch(0, 0);
      assertThat(loader.next()).isTrue();
      assertThat(loader.batch().images().type()).isEqualTo(TensorType.f32(2, 1, 3, 1));
    }
  }

  @Test
  void badFilesAreNamed() throws IOException {
    assertThatThrownBy(() -> Datasets.open(DataSpec.of("npy").withRoot("/nowhere"), Split.TRAIN))
        .isInstanceOf(DataException.class)
        .hasMessageContainingAll("/nowhere", "train_x.npy", "numpy.save");

    labels("train_y.npy", 1, 0, 1);
    assertBad(Split.TRAIN, "train_y.npy", "3 labels", "2 signals");
    labels("train_y.npy", 1, -1);
    assertBad(Split.TRAIN, "train_y.npy", "record 1", "label -1", "2 classes");
    shorts("train_y.npy", List.of(2, 1), 0, 1);
    assertBad(Split.TRAIN, "train_y.npy", "(2, 1)", "shape (N)");
    labels("train_y.npy", 1, 0);

    labels("test_y.npy", 2);
    assertBad(Split.TEST, "test_y.npy", "record 0", "label 2", "2 classes");
    shorts("test_x.npy", List.of(1, 4), 1, 2, 3, 4);
    labels("test_y.npy", 1);
    assertBad(Split.TEST, "test_x.npy", "(1, 4)", "(2, 3)");

    labels("train_x.npy", 1, 2);
    assertBad(Split.TRAIN, "train_x.npy", "|i1", "(2)");
    floats("train_x.npy", List.of(2, 3), 1, 2, 3, 4, Float.NaN, 6);
    assertBad(Split.TRAIN, "train_x.npy", "sample 1 holds NaN");
    Files.delete(folder.resolve("train_x.npy"));
    assertBad(Split.TRAIN, "train_x.npy", folder.toString());
  }

  private void assertBad(Split split, String... parts) {
    assertThatThrownBy(() -> open(split))
        .isInstanceOf(DataException.class)
        .hasMessageContainingAll(parts);
  }

  private void floats(String name, List<Integer> shape, float... values) throws IOException {
    var data = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    for (float value : values) {
      data.putFloat(value);
    }
    Npy.write(folder.resolve(name), Npy.Type.F32, shape, data.array());
  }

  @Test
  void floatsAreNumbersToBeTold() throws IOException {
    floats("train_y.npy", List.of(2), 3, 7);
    floats("test_y.npy", List.of(1), 9);
    assertThat(open(Split.TRAIN).targets()).contains(Normalization.uniform(1, 5, 2));
    assertThat(open(Split.TEST).targets()).contains(Normalization.uniform(1, 5, 2));
    assertThat(open(Split.TEST).target(0, 0, 0)).isEqualTo(9);
    assertThat(open(Split.TEST).classNames()).containsExactly("value");

    floats("train_y.npy", List.of(2, 3, 2), 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12);
    floats("test_y.npy", List.of(1, 3, 2), 1, 2, 3, 4, 5, 6);
    var train = open(Split.TRAIN);
    assertThat(train.columns()).isEqualTo(3);
    assertThat(train.target(1, 2, 0)).isEqualTo(11);
    assertThat(train.targets().orElseThrow().mean()).containsExactly(6.0, 7.0);
    try (var loader = Loader.evaluation(train, 4, 1)) {
      loader.startEpoch(0, 0);
      assertThat(loader.next()).isTrue();
      var targets = loader.batch().targets().orElseThrow();
      assertThat(targets.type()).isEqualTo(TensorType.f32(12, 2));
      assertThat(targets.get(11)).isEqualTo(12);
      assertThat(targets.get(12)).as("padding").isZero();
    }
    assertThat(train.classNames()).containsExactly("value 0", "value 1");
    floats("test_y.npy", List.of(1, 2), 1, 2);
    assertBad(Split.TEST, "test_y.npy", "(1, 2)", "(2, 3, 2)", "as many numbers");
    labels("test_y.npy", 1);
    assertBad(Split.TEST, "test_y.npy", "both hold classes");
    floats("train_y.npy", List.of(2), 3, Float.NaN);
    assertBad(Split.TRAIN, "train_y.npy", "sample 1", "NaN");
  }

  @Test
  void namesMayComeFromAFile() throws IOException {
    Files.writeString(folder.resolve("class_names.txt"), "normal\nectopic\n\nnoise\n");
    assertThat(open(Split.TRAIN).classNames()).containsExactly("normal", "ectopic", "noise");
  }
}
