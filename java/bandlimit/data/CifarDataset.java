package bandlimit.data;

import bandlimit.error.DataException;
import bandlimit.tensor.DType;
import bandlimit.tensor.TensorType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/// CIFAR-10 or CIFAR-100 (fine labels) in the standard binary format: records of one or two label
/// bytes and 3,072 bytes of red, green and blue planes.
///
/// The files are mapped, not read: the page cache holds them once for all processes.
final class CifarDataset implements Dataset {
  private static final int SIDE = 32;
  private static final int PIXELS = SIDE * SIDE;
  private static final int CHANNELS = 3;

  /// How the two sets differ.
  record Kind(
      int labelBytes,
      int trainFileRecords,
      List<String> train,
      List<String> test,
      String folder,
      String wanted,
      List<String> classNames,
      Normalization normalization) {
    static final Kind CIFAR10 =
        new Kind(
            1,
            10_000,
            IntStream.rangeClosed(1, 5).mapToObj(i -> "data_batch_" + i + ".bin").toList(),
            List.of("test_batch.bin"),
            "cifar-10-batches-bin",
            wanted("data_batch_1..5.bin and test_batch.bin", "cifar-10-binary.tar.gz"),
            CifarNames.TEN,
            Normalization.CIFAR10);
    static final Kind CIFAR100 =
        new Kind(
            2,
            50_000,
            List.of("train.bin"),
            List.of("test.bin"),
            "cifar-100-binary",
            wanted("train.bin and test.bin", "cifar-100-binary.tar.gz"),
            CifarNames.HUNDRED,
            Normalization.CIFAR100);

    private static String wanted(String files, String archive) {
      return "needs %s: unpack %s (the \"binary version\" of https://www.cs.toronto.edu/~kriz/cifar.html)"
              .formatted(files, archive)
          + " and give its folder";
    }

    int recordBytes() {
      return labelBytes + CHANNELS * PIXELS;
    }
  }

  private static final int TEST_RECORDS = 10_000;

  private final Kind kind;
  private final Split split;
  private final String name;
  private final int count;
  private final int fileRecords;
  private final List<MemorySegment> files = new ArrayList<>();
  private final List<String> classNames;
  private final byte[] labels;

  CifarDataset(Kind kind, DataSpec spec, Split split) {
    DataFiles.refuseImageSize(spec);
    this.kind = kind;
    this.split = split;
    this.name = spec.name();
    Path root = DataFiles.root(spec, kind.wanted);
    List<String> names = split == Split.TRAIN ? kind.train : kind.test;
    fileRecords = split == Split.TRAIN ? kind.trainFileRecords : TEST_RECORDS;
    count = DataFiles.limited(spec, names.size() * fileRecords);
    labels = new byte[count];
    classNames = kind.classNames;
    for (int i = 0; i < names.size(); i++) {
      Path file =
          DataFiles.find(spec, root, List.of(kind.folder), List.of(names.get(i)), kind.wanted);
      MemorySegment bytes = DataFiles.map(file);
      checkSize(file, bytes.byteSize());
      files.add(bytes);
      readLabels(file, bytes, i * fileRecords);
    }
  }

  private void checkSize(Path file, long bytes) {
    long expected = (long) fileRecords * kind.recordBytes();
    if (bytes != expected) {
      throw new DataException(
          "%s has %d bytes, but %d records of %d bytes are %d: it is %s; unpack it again"
              .formatted(
                  file.toAbsolutePath(),
                  bytes,
                  fileRecords,
                  kind.recordBytes(),
                  expected,
                  bytes < expected ? "truncated" : "another file"));
    }
  }

  private void readLabels(Path file, MemorySegment bytes, int first) {
    for (int r = 0; r < fileRecords && first + r < count; r++) {
      // CIFAR-100 puts the coarse label first; the fine one is the last label byte.
      long at = (long) r * kind.recordBytes() + kind.labelBytes - 1;
      int label = bytes.get(ValueLayout.JAVA_BYTE, at) & 0xff;
      labels[first + r] = (byte) DataFiles.checkLabel(file, r, label, classNames.size());
    }
  }

  @Override
  public String name() {
    return name;
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
    return TensorType.of(DType.U8, SIDE, SIDE, CHANNELS);
  }

  @Override
  public List<String> classNames() {
    return classNames;
  }

  @Override
  public Normalization normalization() {
    return kind.normalization;
  }

  @Override
  public int label(int index) {
    return labels[index];
  }

  @Override
  public Image image(int index) {
    if (index < 0 || index >= count) {
      throw new IndexOutOfBoundsException("sample " + index + " of " + count);
    }
    var planes = new byte[CHANNELS * PIXELS];
    MemorySegment.copy(
        files.get(index / fileRecords),
        ValueLayout.JAVA_BYTE,
        (long) (index % fileRecords) * kind.recordBytes() + kind.labelBytes,
        planes,
        0,
        planes.length);
    var pixels = new byte[planes.length];
    for (int i = 0; i < PIXELS; i++) {
      pixels[CHANNELS * i] = planes[i];
      pixels[CHANNELS * i + 1] = planes[PIXELS + i];
      pixels[CHANNELS * i + 2] = planes[2 * PIXELS + i];
    }
    return Image.of(SIDE, SIDE, CHANNELS, pixels);
  }
}
