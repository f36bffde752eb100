package bandlimit.eval;

/// A confidence interval: the true value lies in `low..high` in `confidence` of all samples drawn.
public record Interval(double low, double high, double confidence) {
  public Interval {
    if (!(low <= high)) {
      throw new IllegalArgumentException("no interval: %g..%g".formatted(low, high));
    }
    checkConfidence(confidence);
  }

  static void checkConfidence(double confidence) {
    if (!(confidence > 0 && confidence < 1)) {
      throw new IllegalArgumentException(
          "the confidence must lie between 0 and 1, got " + confidence);
    }
  }
}
