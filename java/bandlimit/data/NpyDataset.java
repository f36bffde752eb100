package bandlimit.data;

import bandlimit.error.DataException;
import bandlimit.store.Npy;
import bandlimit.tensor.Shape;
import bandlimit.tensor.TensorType;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/// One-dimensional signals from `train_x.npy` (N, L) or (N, L, C), float32 or int16, and
/// `train_y.npy`: integers (N) are classes, floats (N), (N, K) or (N, columns, K) numbers to be
/// told; `test_x.npy` and `test_y.npy` likewise. A signal is an image of height 1.
///
/// Classes are named by the lines of `class_names.txt`, or else 0 to the largest training label.
/// Mean and deviation are measured on the training signals.
final class NpyDataset implements Dataset {
  private static final String WANTED =
      "needs train_x.npy (N, L) or (N, L, C) of float32 or int16, train_y.npy (N) of integer labels"
          + " or floats to be told, and test_x.npy and test_y.npy: write them with numpy.save";
  private static final int MEASURED = 4096; // signals looked at for mean and deviation, at most

  private final Split split;
  private final int count;
  private final Npy signals;
  private final int[] labels; // none where numbers are to be told
  private final Npy given; // labels or numbers
  private final Optional<Normalization> targets;
  private final List<String> classNames;
  private final Normalization normalization;
  private final TensorType sampleType;

  NpyDataset(DataSpec spec, Split split) {
    DataFiles.refuseImageSize(spec);
    this.split = split;
    Path root = DataFiles.root(spec, WANTED);
    Npy train = signals(spec, root, "train");
    Npy trainLabels = labels(spec, root, "train", train);
    signals = split == Split.TRAIN ? train : signals(spec, root, "test");
    given = split == Split.TRAIN ? trainLabels : labels(spec, root, "test", signals);
    boolean numbers = !trainLabels.type().isInteger();
    if (given.type().isInteger() == numbers
        || !given.shape().with(0, 1).equals(trainLabels.shape().with(0, 1))) {
      throw new DataException(
          "%s is %s of shape %s, but %s is %s of shape %s: both hold classes, or both as many numbers"
              .formatted(
                  given.file().toAbsolutePath(),
                  given.type().code(),
                  given.shape(),
                  trainLabels.file().getFileName(),
                  trainLabels.type().code(),
                  trainLabels.shape()));
    }
    if (!signals.shape().with(0, 1).equals(train.shape().with(0, 1))) {
      throw new DataException(
          "%s has shape %s, but %s has %s: length and channels must agree"
              .formatted(signals.file(), signals.shape(), train.file(), train.shape()));
    }
    count = DataFiles.limited(spec, signals.shape().at(0));
    labels = new int[numbers ? 0 : count];
    if (numbers) {
      int k = numbers(trainLabels.shape());
      classNames = Targets.names(k);
      int rows = Math.toIntExact(trainLabels.shape().size() / k);
      targets =
          Optional.of(
              Normalization.measure(rows, k, (row, n) -> trainLabels.get((long) row * k + n)));
    } else {
      classNames = DataFiles.lines(root, "class_names.txt", classes(trainLabels));
      targets = Optional.empty();
      for (int i = 0; i < count; i++) {
        int label = (int) given.get(i);
        labels[i] = DataFiles.checkLabel(given.file(), i, label, classNames.size());
      }
    }
    normalization = measure(train);
    sampleType = TensorType.f32(1, train.shape().at(1), channels(train));
  }

  private static int channels(Npy signals) {
    return signals.shape().rank() == 3 ? signals.shape().at(2) : 1;
  }

  private static Npy signals(DataSpec spec, Path root, String part) {
    Npy x = Npy.read(DataFiles.find(spec, root, List.of(), List.of(part + "_x.npy"), WANTED));
    int rank = x.shape().rank();
    boolean number = x.type() == Npy.Type.F32 || x.type() == Npy.Type.I16;
    if (rank < 2 || rank > 3 || !number) {
      throw new DataException(
          "%s is %s of shape %s, but signals are <f4 or <i2 of shape (N, L) or (N, L, C)"
              .formatted(x.file().toAbsolutePath(), x.type().code(), x.shape()));
    }
    for (long i = 0; i < x.shape().size() && x.type() == Npy.Type.F32; i++) {
      if (!Float.isFinite((float) x.get(i))) {
        throw new DataException(
            "%s: sample %d holds %s; every number of a signal must be finite"
                .formatted(
                    x.file().toAbsolutePath(), i / (x.shape().size() / x.shape().at(0)), x.get(i)));
      }
    }
    return x;
  }

  private static Npy labels(DataSpec spec, Path root, String part, Npy signals) {
    Npy y = Npy.read(DataFiles.find(spec, root, List.of(), List.of(part + "_y.npy"), WANTED));
    int most = y.type().isInteger() ? 1 : 3;
    if (y.shape().rank() < 1 || y.shape().rank() > most || y.shape().size() == 0) {
      throw new DataException(
          "%s is %s of shape %s, but labels are integers of shape (N), and numbers to be told floats of shape (N), (N, K) or (N, columns, K)"
              .formatted(y.file().toAbsolutePath(), y.type().code(), y.shape()));
    }
    if (y.shape().at(0) != signals.shape().at(0)) {
      throw new DataException(
          "%s has %d labels, but %s has %d signals"
              .formatted(
                  y.file().toAbsolutePath(),
                  y.shape().at(0),
                  signals.file().getFileName(),
                  signals.shape().at(0)));
    }
    for (long i = 0; i < y.shape().size() && !y.type().isInteger(); i++) {
      if (!Float.isFinite((float) y.get(i))) {
        throw new DataException(
            "%s: sample %d has the target %s; leave out samples that have none"
                .formatted(
                    y.file().toAbsolutePath(), i / (y.shape().size() / y.shape().at(0)), y.get(i)));
      }
    }
    return y;
  }

  /// K of (N), (N, K) or (N, columns, K).
  private static int numbers(Shape targets) {
    return targets.rank() == 1 ? 1 : targets.at(-1);
  }

  private static List<String> classes(Npy labels) {
    int largest = 0;
    for (long i = 0; i < labels.shape().size(); i++) {
      largest = Math.max(largest, (int) labels.get(i));
    }
    var names = new ArrayList<String>();
    for (int i = 0; i <= largest; i++) {
      names.add(String.valueOf(i));
    }
    return Collections.unmodifiableList(names);
  }

  private static Normalization measure(Npy x) {
    int channels = channels(x);
    int length = x.shape().at(1);
    int signals = x.shape().at(0);
    int step = Math.max(1, signals / MEASURED);
    return Normalization.measure(
        Math.ceilDiv(signals, step) * length,
        channels,
        (row, c) -> x.get(((long) (row / length) * step * length + row % length) * channels + c));
  }

  @Override
  public String name() {
    return "npy";
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
    return sampleType;
  }

  @Override
  public List<String> classNames() {
    return classNames;
  }

  @Override
  public Normalization normalization() {
    return normalization;
  }

  @Override
  public Optional<Normalization> targets() {
    return targets;
  }

  @Override
  public int columns() {
    return given.shape().rank() == 3 ? given.shape().at(1) : 1;
  }

  @Override
  public float target(int index, int column, int k) {
    return (float) given.get(((long) index * columns() + column) * classNames.size() + k);
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
    int length = sampleType.shape().intSize();
    var values = new float[length];
    for (int i = 0; i < length; i++) {
      values[i] = (float) signals.get((long) index * length + i);
    }
    return Image.of(1, sampleType.shape().at(1), sampleType.shape().at(2), values);
  }
}
