package bandlimit.eval;

import java.util.BitSet;
import java.util.List;

/// What several views of the same samples add up to: mean and worst accuracy, and how far logits
/// and the true class's probability move.
final class ViewTally {
  private final BitSet always = new BitSet();
  private int views;
  private int samples;
  private long right;
  private double logitVariance; // summed over samples, each the mean over classes
  private double pVariance;

  /// Adds a chunk; `outcomes` are the views, as many each time.
  void add(Chunk chunk, List<Outcome> outcomes) {
    views = outcomes.size();
    for (int row = 0; row < chunk.size(); row++) {
      boolean all = true;
      var p = new Spread();
      for (Outcome outcome : outcomes) {
        all &= outcome.correct(row);
        right += outcome.correct(row) ? 1 : 0;
        p.add(outcome.pTrue(row));
      }
      always.set(samples, all);
      pVariance += p.variance();
      logitVariance += logitVariance(outcomes, row);
      samples++;
    }
  }

  ShiftReport.Views result() {
    return new ShiftReport.Views(
        views,
        100.0 * right / ((long) samples * views),
        Rate.of(always.cardinality(), samples),
        Math.sqrt(logitVariance / samples),
        Math.sqrt(pVariance / samples),
        Bits.of(always, samples));
  }

  private static double logitVariance(List<Outcome> outcomes, int row) {
    int classes = outcomes.getFirst().classes();
    double sum = 0;
    for (int k = 0; k < classes; k++) {
      var spread = new Spread();
      for (Outcome outcome : outcomes) {
        spread.add(outcome.logit(row, k));
      }
      sum += spread.variance();
    }
    return sum / classes;
  }

  /// Population variance of a few numbers, by Welford's recurrence.
  private static final class Spread {
    private int count;
    private double mean;
    private double squares;

    void add(double x) {
      count++;
      double off = x - mean;
      mean += off / count;
      squares += off * (x - mean);
    }

    double variance() {
      return squares / count;
    }
  }
}
