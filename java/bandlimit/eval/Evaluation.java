package bandlimit.eval;

import bandlimit.data.Batch;
import bandlimit.data.Loader;
import java.util.function.BiConsumer;

/// Loss and accuracy over a data set.
public final class Evaluation {
  private Evaluation() {}

  /// Runs one pass of an evaluation loader whose batch size is the classifier's.
  public static Scores run(Classifier classifier, Loader loader) {
    return run(classifier, loader, (_, _) -> {});
  }

  /// The same; `seen` is told of each batch and of the scores so far, and may end the pass by
  /// throwing.
  public static Scores run(Classifier classifier, Loader loader, BiConsumer<Batch, Scores> seen) {
    var scores = new Scores();
    for (loader.startEpoch(0, 0); loader.next(); ) {
      scores.add(classifier.logits(loader.batch().images()), loader.batch());
      seen.accept(loader.batch(), scores);
    }
    return scores;
  }
}
