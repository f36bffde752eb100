package bandlimit.eval;

import bandlimit.data.Image;
import bandlimit.tensor.DType;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/// As many samples as the network takes at once, in memory while every protocol looks at them.
final class Chunk {
  /// One sample: its number in the data set, its place among those evaluated, the image as stored
  /// and as the network sees it unshifted.
  record Sample(int index, int position, int label, Image stored, Image image) {}

  private final Feed stored;
  private final Feed floats;
  private final List<Sample> samples;
  private final int[] all;
  private final Outcome unshifted;

  /// Runs the unshifted view at once and adds it to `scores`.
  ///
  /// @param stored takes views of the samples' own element type
  /// @param floats takes views in F32; the same where samples are
  Chunk(Feed stored, Feed floats, List<Sample> samples, Scores scores) {
    this.stored = stored;
    this.floats = floats;
    this.samples = List.copyOf(samples);
    this.all = IntStream.range(0, samples.size()).toArray();
    var logits = stored.logits(all.length, row -> sample(row).image());
    for (int row = 0; row < all.length; row++) {
      scores.add(logits, row, sample(row).label());
    }
    this.unshifted = new Outcome(logits, labels(all));
  }

  int size() {
    return samples.size();
  }

  /// How many views go through the network at once.
  int capacity() {
    return stored.capacity();
  }

  Sample sample(int row) {
    return samples.get(row);
  }

  Outcome unshifted() {
    return unshifted;
  }

  /// Runs the network on one view of every sample.
  Outcome classify(IntFunction<Image> view) {
    return classify(all, view);
  }

  /// Runs the network on at most `capacity` views, all of one element type: `view` i is of the
  /// sample `rows[i]`.
  Outcome classify(int[] rows, IntFunction<Image> view) {
    Image first = view.apply(0);
    Feed feed = first.dtype() == DType.F32 ? floats : stored;
    var logits = feed.logits(rows.length, i -> i == 0 ? first : view.apply(i));
    return new Outcome(logits, labels(rows));
  }

  private int[] labels(int[] rows) {
    return IntStream.of(rows).map(row -> sample(row).label()).toArray();
  }
}
