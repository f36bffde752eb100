package bandlimit.data;

import bandlimit.tensor.TensorType;
import java.util.List;
import java.util.Optional;

/// A numbered collection of samples, each with a class or with numbers that are to be told of it,
/// the same each time it is asked; safe to read from several threads.
///
/// Implement it to bring data of your own: [Loader] takes any.
public interface Dataset {
  String name();

  Split split();

  int size();

  /// Element type (U8, or F32 for signals) and extents (H, W, C) of a sample as the network sees
  /// it.
  TensorType sampleType();

  /// Names of the classes, or of the numbers that are to be told.
  List<String> classNames();

  /// What the network's first step subtracts and divides by.
  Normalization normalization();

  /// Mean and deviation, in training, of the numbers that are to be told of a sample; empty where
  /// samples have classes.
  default Optional<Normalization> targets() {
    return Optional.empty();
  }

  /// Number `k` to be told of column `column` of sample `index`.
  default float target(int index, int column, int k) {
    throw new IllegalStateException(name() + " has classes, no numbers");
  }

  /// The class of sample `index`, 0 to classNames().size() - 1; not asked for where numbers are to
  /// be told.
  int label(int index);

  /// Labels or rows of numbers of one sample: 1, or one for each column of a signal.
  default int columns() {
    return 1;
  }

  /// The class of column `column` of sample `index`.
  default int label(int index, int column) {
    return label(index);
  }

  /// Sample `index` as it is stored; for photographs not yet of the size of [#sampleType].
  Image image(int index);

  /// What evaluation does to [#image] to get a sample of [#sampleType]: for photographs a resize
  /// and a centre crop, else nothing.
  default Transform evaluationTransform() {
    return Transform.identity();
  }

  /// How [#evaluationTransform] and random parts of [#image] are resized, where they are.
  default Interpolation interpolation() {
    return Interpolation.BILINEAR;
  }

  /// What went wrong without stopping: the image files skipped so far, one line each.
  default List<String> warnings() {
    return List.of();
  }
}
