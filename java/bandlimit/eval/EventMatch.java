package bandlimit.eval;

import java.util.Arrays;
import java.util.Locale;

/// Found events against true ones, one to one within a tolerance.
///
/// @param sensitivity share of the true events that were found
/// @param predictivity share of the found events that are true (positive predictivity)
/// @param meanMs how late the matched ones were found, `stdMs` its standard deviation
public record EventMatch(Rate sensitivity, Rate predictivity, double meanMs, double stdMs) {
  /// The usual tolerance for heartbeats, in seconds.
  public static final double TOLERANCE = 0.15;

  /// Both in the order of time, in samples of `rate` a second.
  public static EventMatch of(double[] found, int[] truth, double seconds, double rate) {
    double[] times = times(found, truth, seconds * rate);
    int matched = 0;
    double sum = 0;
    double squares = 0;
    for (int i = 0; i < truth.length; i++) {
      if (!Double.isNaN(times[i])) {
        double late = 1000 * (times[i] - truth[i]) / rate;
        sum += late;
        squares += late * late;
        matched++;
      }
    }
    double mean = matched == 0 ? 0 : sum / matched;
    double variance = matched == 0 ? 0 : Math.max(0, squares / matched - mean * mean);
    return new EventMatch(
        rate(matched, truth.length), rate(matched, found.length), mean, Math.sqrt(variance));
  }

  /// When each true event was found; NaN where it was not.
  ///
  /// It takes the nearest found one that no earlier event has taken; neighbours are looked at once,
  /// which is exact where true events lie more than twice the tolerance apart.
  static double[] times(double[] found, int[] truth, double tolerance) {
    var times = new double[truth.length];
    Arrays.fill(times, Double.NaN);
    int next = 0;
    for (int i = 0; i < truth.length; i++) {
      int event = truth[i];
      while (next < found.length && found[next] < event - tolerance) {
        next++;
      }
      if (next == found.length || found[next] > event + tolerance) {
        continue;
      }
      while (next + 1 < found.length
          && Math.abs(found[next + 1] - event) < Math.abs(found[next] - event)) {
        next++;
      }
      times[i] = found[next++];
    }
    return times;
  }

  private static Rate rate(int hits, int count) {
    return count == 0 ? new Rate(0, 0, 0, 0, 100) : Rate.of(hits, count);
  }

  /// In a line, for logs.
  public String text() {
    return String.format(
        Locale.ROOT,
        "sensitivity %.2f%% (%d of %d), positive predictivity %.2f%% (%d of %d), found %+.1f ms"
            + " late, deviation %.1f ms",
        sensitivity.percent(),
        sensitivity.hits(),
        sensitivity.count(),
        predictivity.percent(),
        predictivity.hits(),
        predictivity.count(),
        meanMs,
        stdMs);
  }
}
