package bandlimit.eval;

import bandlimit.data.SignalDataset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;

/// Chooses the seconds that a picture shows: about the first event that is missing or too many, or
/// the beginning where there is none.
final class StreamExcerpt {
  private static final double SECONDS = 10;
  private static final int MOST = 4000; // values

  private StreamExcerpt() {}

  static StreamReport.Excerpt of(
      SignalDataset data, double[] streamed, double[] whole, int[] truth) {
    double rate = data.rate();
    int length = (int) Math.min(SECONDS * rate, data.end() - data.start(0));
    int begin = data.start(0);
    double oddity = oddity(streamed, whole, truth, EventMatch.TOLERANCE * rate);
    if (streamed.length > 0 && !Double.isNaN(oddity)) {
      int middle = (int) oddity - length / 2;
      begin = Math.max(begin, Math.min(middle, data.end() - length));
    }
    double from = begin / rate;
    double to = (begin + length) / rate;
    return new StreamReport.Excerpt(
        from,
        (double) length / rate,
        thinned(data, begin, length),
        within(truth.length, i -> truth[i] / rate, from, to),
        within(streamed.length, i -> streamed[i] / rate, from, to),
        within(whole.length, i -> whole[i] / rate, from, to));
  }

  /// Where the three differ first; NaN where they do not.
  private static double oddity(double[] streamed, double[] whole, int[] truth, double tolerance) {
    double[] times = EventMatch.times(streamed, truth, tolerance);
    double missed =
        IntStream.range(0, truth.length)
            .filter(i -> Double.isNaN(times[i]))
            .mapToDouble(i -> truth[i])
            .min()
            .orElse(Double.NaN);
    double untrue = first(streamed, times);
    double other = first(streamed, whole);
    return least(least(missed, untrue), least(other, first(whole, streamed)));
  }

  private static double least(double a, double b) {
    return Double.isNaN(a) ? b : Double.isNaN(b) ? a : Math.min(a, b);
  }

  /// The first of `some` that is not among `others`, half a sample about.
  private static double first(double[] some, double[] others) {
    return Arrays.stream(some)
        .filter(t -> Arrays.stream(others).noneMatch(o -> Math.abs(o - t) <= 0.5))
        .findFirst()
        .orElse(Double.NaN);
  }

  private static List<Double> within(
      int count, IntToDoubleFunction seconds, double from, double to) {
    return IntStream.range(0, count)
        .mapToDouble(seconds)
        .filter(t -> from <= t && t < to)
        .boxed()
        .toList();
  }

  /// The first channel; where it has too many samples, the least and the largest of a few.
  private static List<Double> thinned(SignalDataset data, int begin, int length) {
    double[] all = data.channel(0, begin, begin + length);
    if (length <= MOST) {
      return Arrays.stream(all).boxed().toList();
    }
    int bins = MOST / 2;
    var values = new ArrayList<Double>();
    for (int bin = 0; bin < bins; bin++) {
      int at = (int) ((long) bin * length / bins);
      int end = (int) ((long) (bin + 1) * length / bins);
      values.add(Arrays.stream(all, at, end).min().orElseThrow());
      values.add(Arrays.stream(all, at, end).max().orElseThrow());
    }
    return values;
  }
}
