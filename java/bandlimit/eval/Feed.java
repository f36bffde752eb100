package bandlimit.eval;

import bandlimit.data.Image;
import bandlimit.tensor.HostTensor;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/// A classifier with the memory its batches are put together in.
final class Feed {
  private final Classifier classifier;
  private final HostTensor batch;

  Feed(Classifier classifier) {
    this.classifier = classifier;
    this.batch = HostTensor.allocate(classifier.input());
  }

  int capacity() {
    return classifier.batch();
  }

  /// The logits of the first `rows` views, which are made side by side: an ideal shift of a large
  /// image takes as long as a small network. Rows beyond keep what they held: nobody reads theirs.
  HostTensor logits(int rows, IntFunction<Image> view) {
    long bytes = batch.type().bytes() / batch.shape().n();
    IntStream.range(0, rows)
        .parallel()
        .forEach(row -> view.apply(row).copyTo(batch.data().asSlice(row * bytes, bytes)));
    return classifier.logits(batch);
  }
}
