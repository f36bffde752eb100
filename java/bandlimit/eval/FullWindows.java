package bandlimit.eval;

import bandlimit.data.SignalDataset;
import bandlimit.tensor.HostTensor;
import java.lang.foreign.MemorySegment;

/// A network on windows that begin wherever one likes.
final class FullWindows {
  private final Classifier classifier;
  private final SignalDataset data;
  private final HostTensor batch;

  /// Gets window `number`, whose rows of outputs begin with row `first`.
  @FunctionalInterface
  interface Sink {
    void accept(int number, HostTensor logits, int first);
  }

  FullWindows(Classifier classifier, SignalDataset data) {
    this.classifier = classifier;
    this.data = data;
    this.batch = HostTensor.allocate(classifier.input());
  }

  /// @param starts samples of the whole signal, each behind its window's context
  void at(int[] starts, Sink sink) {
    int context = data.spec().context();
    int width = context + data.spec().window();
    int each = Math.toIntExact(batch.shape().size() / classifier.batch());
    for (int first = 0; first < starts.length; first += classifier.batch()) {
      int count = Math.min(classifier.batch(), starts.length - first);
      for (int i = 0; i < count; i++) {
        int from = starts[first + i] - context;
        var samples = data.samples(from, from + width);
        MemorySegment.copy(samples, 0, batch.data(), HostTensor.F32, 4L * i * each, each);
      }
      var logits = classifier.logits(batch);
      for (int i = 0; i < count; i++) {
        sink.accept(first + i, logits, i * classifier.columns());
      }
    }
  }
}
