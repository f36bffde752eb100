package bandlimit.eval;

import bandlimit.data.Batch;
import bandlimit.data.Loader;
import java.util.function.Consumer;

/// Loss and accuracy, or errors, over a data set.
public final class Evaluation {
  private Evaluation() {}

  /// Runs one pass of an evaluation loader whose batch size is the classifier's.
  public static Scores run(Classifier classifier, Loader loader) {
    var scores = new Scores();
    run(classifier, loader, scores, _ -> {});
    return scores;
  }

  /// The same into `tally`; `seen` is told of each batch when it is in there, and may end the pass
  /// by throwing.
  public static void run(Classifier classifier, Loader loader, Tally tally, Consumer<Batch> seen) {
    for (loader.startEpoch(0, 0); loader.next(); ) {
      tally.add(classifier.logits(loader.batch().images()), loader.batch());
      seen.accept(loader.batch());
    }
  }
}
