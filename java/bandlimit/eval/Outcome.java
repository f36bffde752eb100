package bandlimit.eval;

import bandlimit.tensor.HostTensor;

/// What a network said about one view of each sample of a chunk.
///
/// A row of logits with a NaN predicts class -1, which is never right and agrees with nothing.
final class Outcome {
  private final int[] labels;
  private final int[] predicted;
  private final double[] pTrue;
  private final double[] logits; // (rows, classes)
  private final int classes;

  /// Copies the first `labels.length` rows of `logits` (N, K).
  Outcome(HostTensor logits, int[] labels) {
    int rows = labels.length;
    this.labels = labels;
    this.classes = logits.shape().at(1);
    this.predicted = new int[rows];
    this.pTrue = new double[rows];
    this.logits = new double[rows * classes];
    for (int row = 0; row < rows; row++) {
      for (int k = 0; k < classes; k++) {
        this.logits[row * classes + k] = logits.get((long) row * classes + k);
      }
      predicted[row] = best(row * classes);
      pTrue[row] = Scores.probability(logits, row, labels[row]);
    }
  }

  int classes() {
    return classes;
  }

  int predicted(int row) {
    return predicted[row];
  }

  boolean correct(int row) {
    return predicted[row] == labels[row];
  }

  boolean agrees(int row, Outcome other) {
    return predicted[row] >= 0 && predicted[row] == other.predicted[row];
  }

  /// The softmax probability of the true class.
  double pTrue(int row) {
    return pTrue[row];
  }

  double logit(int row, int k) {
    return logits[row * classes + k];
  }

  /// Of equal logits the lower class wins, as in [Scores].
  private int best(int first) {
    int best = 0;
    for (int k = 0; k < classes; k++) {
      if (Double.isNaN(logits[first + k])) {
        return -1;
      }
      if (logits[first + k] > logits[first + best]) {
        best = k;
      }
    }
    return best;
  }
}
