package bandlimit.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bandlimit.error.DataException;
import bandlimit.tensor.TensorType;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class IdxDatasetTest {
  @TempDir Path folder;

  private static byte[] idx(int magic, int[] extents, int... values) {
    var bytes = ByteBuffer.allocate(4 + 4 * extents.length + values.length).putInt(magic);
    for (int extent : extents) {
      bytes.putInt(extent);
    }
    for (int value : values) {
      bytes.put((byte) value);
    }
    return bytes.array();
  }

  private static final byte[] IMAGES =
      idx(0x803, new int[] {2, 2, 3}, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 255);
  private static final byte[] LABELS = idx(0x801, new int[] {2}, 9, 3);

  private void write(String name, byte[] bytes) throws IOException {
    try (var out = Files.newOutputStream(folder.resolve(name));
        var packed = name.endsWith(".gz") ? new GZIPOutputStream(out) : out) {
      packed.write(bytes);
    }
  }

  private Dataset open(Split split) {
    return Datasets.open(DataSpec.of("idx").withRoot(folder.toString()), split);
  }

  @Test
  void plainAndGzipAreTheSame() throws IOException {
    write("train-images-idx3-ubyte", IMAGES);
    write("train-labels-idx1-ubyte", LABELS);
    write("t10k-images-idx3-ubyte.gz", IMAGES);
    write("t10k-labels-idx1-ubyte.gz", LABELS);
    for (Split split : Split.values()) {
      Dataset set = open(split);
      assertThat(set.size()).isEqualTo(2);
      assertThat(set.sampleType().shape()).isEqualTo(TensorType.f32(2, 3, 1).shape());
      assertThat(set.image(1).at(1, 2, 0)).isEqualTo(255);
      assertThat(set.image(1).at(0, 0, 0)).isEqualTo(7);
      assertThat(set.label(0)).isEqualTo(9);
    }
  }

  @Test
  void badFilesAreNamed() throws IOException {
    assertBad("train-images-idx3-ubyte", folder.toString(), ".gz");
    write("train-labels-idx1-ubyte", LABELS);
    write("train-images-idx3-ubyte", LABELS);
    assertBad("train-images-idx3-ubyte", "0x00000801", "0x00000803");
    write("train-images-idx3-ubyte", java.util.Arrays.copyOf(IMAGES, IMAGES.length - 1));
    assertBad("train-images-idx3-ubyte", "27 bytes", "28", "truncated");
    write("train-images-idx3-ubyte", java.util.Arrays.copyOf(IMAGES, 5));
    assertBad("train-images-idx3-ubyte", "5 bytes", "truncated");
    write("train-images-idx3-ubyte", IMAGES);
    write("train-labels-idx1-ubyte", idx(0x801, new int[] {3}, 1, 2, 3));
    assertBad("train-labels-idx1-ubyte", "3 labels", "2 images");
    write("train-labels-idx1-ubyte", idx(0x801, new int[] {2}, 1, 10));
    assertBad("train-labels-idx1-ubyte", "record 1", "label 10", "10 classes");
    Files.delete(folder.resolve("train-images-idx3-ubyte"));
    Files.write(folder.resolve("train-images-idx3-ubyte.gz"), IMAGES);
    assertBad("train-images-idx3-ubyte.gz", "cannot read"); // not gzip at all
  }

  private void assertBad(String... parts) {
    assertThatThrownBy(() -> open(Split.TRAIN))
        .isInstanceOf(DataException.class)
        .hasMessageContainingAll(parts);
  }

  @Test
  void moreClassesNeedNames() throws IOException {
    write("train-images-idx3-ubyte", IMAGES);
    write("train-labels-idx1-ubyte", idx(0x801, new int[] {2}, 1, 10));
    Files.writeString(folder.resolve("class_names.txt"), "a\nb\nc\nd\ne\nf\ng\nh\ni\nj\nk\n");
    assertThat(open(Split.TRAIN).classNames().get(open(Split.TRAIN).label(1))).isEqualTo("k");
  }
}
