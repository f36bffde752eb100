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

  /// The largest logit minus the smallest.
  double range(int row) {
    double least = logit(row, 0);
    double most = logit(row, 0);
    for (int k = 1; k < classes; k++) {
      least = Math.min(least, logit(row, k));
      most = Math.max(most, logit(row, k));
    }
    return most - least;
  }

  /// The largest logit minus the second largest.
  double margin(int row) {
    double best = Double.NEGATIVE_INFINITY;
    double second = Double.NEGATIVE_INFINITY;
    for (int k = 0; k < classes; k++) {
      double logit = logit(row, k);
      second = Math.max(second, Math.min(best, logit));
      best = Math.max(best, logit);
    }
    return best - second;
  }

  /// The largest difference of a logit in another view, as a share of the range in this one; 0 if
  /// none differs, whatever the range.
  double change(int row, Outcome other) {
    double most = 0;
    for (int k = 0; k < classes; k++) {
      most = Math.max(most, Math.abs(other.logit(row, k) - logit(row, k)));
    }
    return most == 0 ? 0 : most / range(row);
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
