package bandlimit.data;

import bandlimit.error.DataException;
import bandlimit.store.Npy;
import bandlimit.tensor.TensorType;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/// One-dimensional signals from `train_x.npy` (N, L) or (N, L, C), float32 or int16, and
/// `train_y.npy` (N), integers; `test_x.npy` and `test_y.npy` likewise. A signal is an image of
/// height 1.
///
/// Classes are named by the lines of `class_names.txt`, or else 0 to the largest training label.
/// Mean and deviation are measured on the training signals.
final class NpyDataset implements Dataset {
  private static final String WANTED =
      "needs train_x.npy (N, L) or (N, L, C) of float32 or int16, train_y.npy (N) of integer"
          + " labels, and test_x.npy and test_y.npy: write them with numpy.save";
  private static final int MEASURED = 4096; // signals looked at for mean and deviation, at most

  private final Split split;
  private final int count;
  private final Npy signals;
  private final int[] labels;
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
    Npy given = split == Split.TRAIN ? trainLabels : labels(spec, root, "test", signals);
    if (!signals.shape().with(0, 1).equals(train.shape().with(0, 1))) {
      throw new DataException(
          "%s has shape %s, but %s has %s: length and channels must agree"
              .formatted(signals.file(), signals.shape(), train.file(), train.shape()));
    }
    classNames = DataFiles.lines(root, "class_names.txt", numbers(trainLabels));
    count = DataFiles.limited(spec, signals.shape().at(0));
    labels = new int[count];
    for (int i = 0; i < count; i++) {
      int label = (int) given.get(i);
      labels[i] = DataFiles.checkLabel(given.file(), i, label, classNames.size());
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
    return x;
  }

  private static Npy labels(DataSpec spec, Path root, String part, Npy signals) {
    Npy y = Npy.read(DataFiles.find(spec, root, List.of(), List.of(part + "_y.npy"), WANTED));
    if (y.shape().rank() != 1 || !y.type().isInteger()) {
      throw new DataException(
          "%s is %s of shape %s, but labels are integers of shape (N)"
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
    return y;
  }

  private static List<String> numbers(Npy labels) {
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
    int length = x.shape().at(1) * channels;
    int signals = x.shape().at(0);
    int step = Math.max(1, signals / MEASURED);
    var mean = new ArrayList<Double>();
    var std = new ArrayList<Double>();
    for (int c = 0; c < channels; c++) {
      double sum = 0;
      double squares = 0;
      long n = 0;
      double origin = x.get(c); // an offset such as 1024 would cost digits in the squares
      for (int i = 0; i < signals; i += step) {
        for (int k = c; k < length; k += channels) {
          double value = x.get((long) i * length + k) - origin;
          sum += value;
          squares += value * value;
          n++;
        }
      }
      double deviation = Math.sqrt(Math.max(0, squares / n - sum / n * (sum / n)));
      mean.add(sum / n + origin);
      std.add(deviation > 0 ? deviation : 1); // a constant channel stays as it is
    }
    return new Normalization(mean, std);
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
