package bandlimit.eval;

/// A [Proportion] written out for files: percentages 0 to 100 with their 95% Wilson interval.
public record Rate(long hits, long count, double percent, double low, double high) {
  public static final double CONFIDENCE = 0.95;

  static Rate of(long hits, long count) {
    var proportion = new Proportion(hits, count);
    Interval interval = proportion.interval(CONFIDENCE);
    return new Rate(hits, count, proportion.percent(), 100 * interval.low(), 100 * interval.high());
  }
}
