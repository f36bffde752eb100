package bandlimit.data;

import bandlimit.tensor.DType;
import bandlimit.tensor.HostTensor;
import bandlimit.tensor.Shape;
import bandlimit.tensor.TensorType;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Optional;

/// A loader's buffer of N samples, off the heap; it is filled again, so its contents hold only
/// until the loader's next `next()`.
public final class Batch {
  private final HostTensor images; // (N, H, W, C) U8, or F32 for signals and what bytes cannot hold
  private final HostTensor labels; // (N * columns) I32
  private final Optional<HostTensor> targets; // (N * columns, K) F32
  private final HostTensor weights; // (N) F32
  private final HostTensor indices; // (N) I32
  private final HostTensor windows; // (N, 3) I32
  private final HostTensor others; // (N) I32
  private final HostTensor shares; // (N) F32
  private int count;
  private int epoch;
  private int number;

  /// @param numbers K that are to be told; 0 where samples have classes
  Batch(int batchSize, int columns, int numbers, TensorType sample, Arena arena) {
    var extents = new ArrayList<Integer>();
    extents.add(batchSize);
    extents.addAll(sample.shape().dims());
    images = HostTensor.allocate(sample.withShape(new Shape(extents)), arena);
    labels = HostTensor.allocate(TensorType.of(DType.I32, batchSize * columns), arena);
    targets =
        numbers == 0
            ? Optional.empty()
            : Optional.of(HostTensor.allocate(TensorType.f32(batchSize * columns, numbers), arena));
    weights = HostTensor.allocate(TensorType.of(DType.F32, batchSize), arena);
    indices = HostTensor.allocate(TensorType.of(DType.I32, batchSize), arena);
    windows = HostTensor.allocate(TensorType.of(DType.I32, batchSize, 3), arena);
    others = HostTensor.allocate(TensorType.of(DType.I32, batchSize), arena);
    shares = HostTensor.allocate(TensorType.of(DType.F32, batchSize), arena);
  }

  void setOther(int row, int label, float share) {
    others.data().setAtIndex(HostTensor.I32, row, label);
    shares.data().setAtIndex(HostTensor.F32, row, share);
  }

  void begin(int newEpoch, int newNumber, int newCount) {
    epoch = newEpoch;
    number = newNumber;
    count = newCount;
  }

  public HostTensor images() {
    return images;
  }

  /// Class of each row, of each of its columns where samples have several; 0 on padding.
  public HostTensor labels() {
    return labels;
  }

  /// What is to be told of each row (N * columns, K), of each of its columns; 0 on padding. Empty
  /// where samples have classes.
  public Optional<HostTensor> targets() {
    return targets;
  }

  /// 1 for a sample; 0 for padding and for a skipped undecodable file.
  public HostTensor weights() {
    return weights;
  }

  /// Where in the data set each row comes from; -1 on padding.
  public HostTensor indices() {
    return indices;
  }

  /// (top, left, flip) of the window that is still to be cut from each image; zeros where the
  /// images are cut already.
  public HostTensor windows() {
    return windows;
  }

  /// The class of what was mixed into each row; its own class where nothing was.
  public HostTensor others() {
    return others;
  }

  /// The share of each row's own class in its target, 1 where nothing was mixed in; the rest is
  /// that of [#others].
  public HostTensor shares() {
    return shares;
  }

  /// Rows before the padding; less than N only in the last batch of an evaluation.
  public int count() {
    return count;
  }

  public int epoch() {
    return epoch;
  }

  /// Position within the epoch, from 0.
  public int number() {
    return number;
  }
}
