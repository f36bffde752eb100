package bandlimit.stream;

import java.util.Arrays;

/// How long hops took, in milliseconds.
public record Spread(double median, double p99, double largest) {
  /// Of the first `count` of `millis`, at least one.
  public static Spread of(double[] millis, int count) {
    var sorted = Arrays.copyOf(millis, count);
    Arrays.sort(sorted);
    return new Spread(
        sorted[(count - 1) / 2], sorted[(int) Math.ceil(0.99 * count) - 1], sorted[count - 1]);
  }
}
