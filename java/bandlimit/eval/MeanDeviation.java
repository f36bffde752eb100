package bandlimit.eval;

import org.apache.commons.math3.distribution.TDistribution;
import org.apache.commons.math3.stat.descriptive.SummaryStatistics;

/// The mean of a sample and its standard deviation (n - 1 in the denominator; 0 for one value).
public record MeanDeviation(long count, double mean, double deviation) {
  public MeanDeviation {
    if (count < 1) {
      throw new IllegalArgumentException("a mean needs at least one value");
    }
  }

  public static MeanDeviation of(double... values) {
    var statistics = new SummaryStatistics();
    for (double value : values) {
      statistics.addValue(value);
    }
    if (values.length == 0) {
      throw new IllegalArgumentException("a mean needs at least one value");
    }
    return new MeanDeviation(
        statistics.getN(), statistics.getMean(), statistics.getStandardDeviation());
  }

  /// Student's interval of the mean; the whole line for one value, which says nothing of the
  /// spread.
  public Interval interval(double confidence) {
    Interval.checkConfidence(confidence);
    if (count == 1) {
      return new Interval(Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY, confidence);
    }
    double t = new TDistribution(count - 1).inverseCumulativeProbability((1 + confidence) / 2);
    double half = t * deviation / Math.sqrt(count);
    return new Interval(mean - half, mean + half, confidence);
  }
}
