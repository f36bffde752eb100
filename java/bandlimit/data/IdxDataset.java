package bandlimit.data;

import bandlimit.error.DataException;
import bandlimit.tensor.DType;
import bandlimit.tensor.TensorType;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/// Greyscale images in the IDX format of MNIST and Fashion-MNIST, plain or gzip.
///
/// Classes are named by the lines of `class_names.txt`, or else 0 to 9.
final class IdxDataset implements Dataset {
  private static final int IMAGES_MAGIC = 0x00000803; // bytes, three extents
  private static final int LABELS_MAGIC = 0x00000801; // bytes, one extent
  private static final String WANTED =
      "needs train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte and"
          + " t10k-labels-idx1-ubyte, plain or .gz: download them from the page of MNIST or"
          + " Fashion-MNIST";

  private final Split split;
  private final int count;
  private final int height;
  private final int width;
  private final byte[] images;
  private final byte[] labels;
  private static final int IMAGES_START = 4 + 3 * 4;
  private static final int LABELS_START = 4 + 4;
  private final List<String> classNames;

  IdxDataset(DataSpec spec, Split split) {
    DataFiles.refuseImageSize(spec);
    this.split = split;
    Path root = DataFiles.root(spec, WANTED);
    String part = split == Split.TRAIN ? "train" : "t10k";
    Path imageFile = find(spec, root, part + "-images", "idx3-ubyte");
    Path labelFile = find(spec, root, part + "-labels", "idx1-ubyte");
    images = DataFiles.read(imageFile);
    labels = DataFiles.read(labelFile);
    int[] extents = extents(imageFile, images, IMAGES_MAGIC, 3);
    int labelCount = extents(labelFile, labels, LABELS_MAGIC, 1)[0];
    if (labelCount != extents[0]) {
      throw new DataException(
          "%s has %d labels, but %s has %d images"
              .formatted(
                  labelFile.toAbsolutePath(), labelCount, imageFile.getFileName(), extents[0]));
    }
    height = extents[1];
    width = extents[2];
    count = DataFiles.limited(spec, extents[0]);
    List<String> digits = IntStream.range(0, 10).mapToObj(String::valueOf).toList();
    classNames = DataFiles.lines(root, "class_names.txt", digits);
    for (int i = 0; i < count; i++) {
      DataFiles.checkLabel(labelFile, i, labels[LABELS_START + i] & 0xff, classNames.size());
    }
  }

  private static Path find(DataSpec spec, Path root, String stem, String ending) {
    List<String> names =
        List.of(
            stem + "-" + ending,
            stem + "-" + ending + ".gz",
            stem + "." + ending,
            stem + "." + ending + ".gz");
    return DataFiles.find(spec, root, List.of(), names, WANTED);
  }

  /// The extents in the header, after checking magic number and size.
  private static int[] extents(Path file, byte[] bytes, int magic, int rank) {
    int header = 4 + 4 * rank;
    ByteBuffer buffer = ByteBuffer.wrap(bytes); // IDX is big-endian
    if (bytes.length >= 4 && buffer.getInt() != magic) {
      throw new DataException(
          "%s begins with 0x%08x, but IDX %s begin with 0x%08x; is it another file?"
              .formatted(
                  file.toAbsolutePath(), buffer.getInt(0), rank == 3 ? "images" : "labels", magic));
    }
    if (bytes.length < header) {
      throw new DataException(
          "%s has %d bytes, less than an IDX header of %d: it is truncated"
              .formatted(file.toAbsolutePath(), bytes.length, header));
    }
    var extents = new int[rank];
    long expected = 1;
    for (int i = 0; i < rank; i++) {
      extents[i] = buffer.getInt();
      if (extents[i] < 1) {
        throw new DataException(file.toAbsolutePath() + " has an extent of " + extents[i]);
      }
      expected = Math.multiplyExact(expected, (long) extents[i]);
    }
    expected += header;
    if (bytes.length != expected) {
      throw new DataException(
          "%s has %d bytes (unpacked), but its header %s asks for %d: it is truncated or damaged"
              .formatted(file.toAbsolutePath(), bytes.length, Arrays.toString(extents), expected));
    }
    return extents;
  }

  @Override
  public String name() {
    return "idx";
  }

  @Override
  public Split split() {
    return split;
  }

  @Override
  public int size() {
    return count;
  }

  @Override
  public TensorType sampleType() {
    return TensorType.of(DType.U8, height, width, 1);
  }

  @Override
  public List<String> classNames() {
    return classNames;
  }

  @Override
  public Normalization normalization() {
    return Normalization.MNIST;
  }

  @Override
  public int label(int index) {
    if (index < 0 || index >= count) {
      throw new IndexOutOfBoundsException("sample " + index + " of " + count);
    }
    return labels[LABELS_START + index] & 0xff;
  }

  @Override
  public Image image(int index) {
    if (index < 0 || index >= count) {
      throw new IndexOutOfBoundsException("sample " + index + " of " + count);
    }
    int first = IMAGES_START + index * height * width;
    return Image.of(height, width, 1, Arrays.copyOfRange(images, first, first + height * width));
  }
}
