package bandlimit.data;

import bandlimit.error.DataException;
import bandlimit.tensor.HostTensor;
import java.lang.foreign.MemorySegment;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.IntToDoubleFunction;

/// Writes samples into the rows of batches; for several threads.
///
/// @param cuts whether the windows that `transform` ends with are cut here, and not only drawn
record Rows(Dataset dataset, Transform transform, boolean cuts, Optional<OnFloats> onFloats) {
  /// Sample `index` into row `row`, transformed by what `random` draws.
  void fill(Batch batch, int row, int index, SplittableRandom random) {
    Image stored = dataset.image(index);
    Image image = (cuts ? transform : transform.beforeWindows()).apply(stored, random);
    if (!image.type().equals(dataset.sampleType())) {
      throw new DataException(
          "%s: sample %d is %s after its transforms, but %s is wanted; add a crop or a resize"
              .formatted(dataset.name(), index, image.type(), dataset.sampleType()));
    }
    if (onFloats.isPresent()) {
      onFloats.get().write(image, rowBytes(batch, row), random);
    } else {
      image.copyTo(rowBytes(batch, row));
    }
    if (!cuts) {
      setWindow(batch, row, transform.windows().draw(image.height(), random));
    }
    for (int column = 0; column < dataset.columns(); column++) {
      setLabel(batch, row, column, label(index, column));
      int at = column;
      setTargets(batch, row, column, k -> target(index, at, k));
    }
    setRow(batch, row, index, stored.isPlaceholder() ? 0 : 1);
    batch.setOther(row, label(index, 0), 1);
  }

  /// Nothing, of weight 0.
  void pad(Batch batch, int row) {
    rowBytes(batch, row).fill((byte) 0);
    for (int column = 0; column < dataset.columns(); column++) {
      setLabel(batch, row, column, 0);
      setTargets(batch, row, column, _ -> 0);
    }
    setRow(batch, row, -1, 0);
    batch.setOther(row, 0, 1);
  }

  private void setTargets(Batch batch, int row, int column, IntToDoubleFunction target) {
    if (batch.targets().isPresent()) {
      var targets = batch.targets().get();
      int numbers = targets.shape().at(1);
      long first = ((long) row * dataset.columns() + column) * numbers;
      for (int k = 0; k < numbers; k++) {
        targets.data().setAtIndex(HostTensor.F32, first + k, (float) target.applyAsDouble(k));
      }
    }
  }

  private float target(int index, int column, int k) {
    float target = dataset.target(index, column, k);
    if (!Float.isFinite(target)) {
      throw new DataException(
          "%s: sample %d has the target %s".formatted(dataset.name(), index, target));
    }
    return target;
  }

  private int label(int index, int column) {
    if (dataset.targets().isPresent()) {
      return 0;
    }
    int label = dataset.label(index, column);
    if (label < 0 || label >= dataset.classNames().size()) {
      throw new DataException(
          "%s: sample %d has label %d, but there are %d classes"
              .formatted(dataset.name(), index, label, dataset.classNames().size()));
    }
    return label;
  }

  private void setLabel(Batch batch, int row, int column, int label) {
    long at = (long) row * dataset.columns() + column;
    batch.labels().data().setAtIndex(HostTensor.I32, at, label);
  }

  private static MemorySegment rowBytes(Batch batch, int row) {
    long bytes = batch.images().type().bytes() / batch.images().shape().n();
    return batch.images().data().asSlice(row * bytes, bytes);
  }

  private static void setWindow(Batch batch, int row, Windows.Window window) {
    var data = batch.windows().data();
    data.setAtIndex(HostTensor.I32, 3L * row, window.top());
    data.setAtIndex(HostTensor.I32, 3L * row + 1, window.left());
    data.setAtIndex(HostTensor.I32, 3L * row + 2, window.flip() ? 1 : 0);
  }

  private static void setRow(Batch batch, int row, int index, float weight) {
    batch.indices().data().setAtIndex(HostTensor.I32, row, index);
    batch.weights().data().setAtIndex(HostTensor.F32, row, weight);
  }
}
