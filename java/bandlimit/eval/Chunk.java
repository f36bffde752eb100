package bandlimit.eval;

import bandlimit.data.Image;
import bandlimit.tensor.HostTensor;
import java.util.List;
import java.util.function.IntFunction;

/// As many samples as the network takes at once, in memory while every protocol looks at them.
final class Chunk {
  /// One sample: its number in the data set, its place among those evaluated, the image as stored
  /// and as the network sees it unshifted.
  record Sample(int index, int position, int label, Image stored, Image image) {}

  private final Classifier classifier;
  private final HostTensor batch;
  private final List<Sample> samples;
  private final int[] labels;
  private final Outcome unshifted;

  /// Runs the unshifted view at once and adds it to `scores`.
  Chunk(Classifier classifier, HostTensor batch, List<Sample> samples, Scores scores) {
    this.classifier = classifier;
    this.batch = batch;
    this.samples = List.copyOf(samples);
    this.labels = samples.stream().mapToInt(Sample::label).toArray();
    HostTensor logits = run(row -> sample(row).image());
    for (int row = 0; row < labels.length; row++) {
      scores.add(logits, row, labels[row]);
    }
    this.unshifted = new Outcome(logits, labels);
  }

  int size() {
    return samples.size();
  }

  Sample sample(int row) {
    return samples.get(row);
  }

  Outcome unshifted() {
    return unshifted;
  }

  /// Runs the network on one view of every sample.
  Outcome classify(IntFunction<Image> view) {
    return new Outcome(run(view), labels);
  }

  /// Rows beyond the last sample keep what they held: nobody reads their logits.
  private HostTensor run(IntFunction<Image> view) {
    long bytes = batch.type().bytes() / batch.shape().n();
    for (int row = 0; row < samples.size(); row++) {
      view.apply(row).copyTo(batch.data().asSlice(row * bytes, bytes));
    }
    return classifier.logits(batch);
  }
}
