package bandlimit.eval;

import org.apache.commons.math3.stat.interval.ConfidenceInterval;
import org.apache.commons.math3.stat.interval.WilsonScoreInterval;

/// So many of so many: an accuracy or a consistency with what it was counted from.
///
/// The interval takes the trials for independent. Several shifts of one image are not: count
/// images, one trial each, or use [MeanDeviation] over the images' shares.
public record Proportion(long successes, long trials) {
  /// Beyond it Commons Math's `2 * trials` overflows.
  private static final long MOST_TRIALS = 1_000_000_000;

  public Proportion {
    if (trials < 1 || trials > MOST_TRIALS || successes < 0 || successes > trials) {
      throw new IllegalArgumentException(
          "no proportion: %d of %d (at most %d)".formatted(successes, trials, MOST_TRIALS));
    }
  }

  public static Proportion of(boolean[] outcomes) {
    long successes = 0;
    for (boolean outcome : outcomes) {
      successes += outcome ? 1 : 0;
    }
    return new Proportion(successes, outcomes.length);
  }

  public double value() {
    return (double) successes / trials;
  }

  public double percent() {
    return 100 * value();
  }

  /// Wilson's score interval: unlike the plain normal one it stays within 0..1 and keeps a width at
  /// 0 and n of n.
  public Interval interval(double confidence) {
    Interval.checkConfidence(confidence);
    ConfidenceInterval wilson =
        new WilsonScoreInterval().createInterval((int) trials, (int) successes, confidence);
    // at the ends the exact bound is 0 or 1 and only rounding says otherwise
    double low = successes == 0 ? 0 : Math.max(0, wilson.getLowerBound());
    double high = successes == trials ? 1 : Math.min(1, wilson.getUpperBound());
    return new Interval(low, high, confidence);
  }
}
