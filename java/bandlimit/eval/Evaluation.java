package bandlimit.eval;

import bandlimit.data.Loader;

/// Loss and accuracy over a data set.
public final class Evaluation {
  private Evaluation() {}

  /// Runs one pass of an evaluation loader whose batch size is the classifier's.
  public static Scores run(Classifier classifier, Loader loader) {
    var scores = new Scores();
    for (loader.startEpoch(0, 0); loader.next(); ) {
      scores.add(classifier.logits(loader.batch().images()), loader.batch());
    }
    return scores;
  }
}
