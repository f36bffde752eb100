package bandlimit.eval;

import java.util.ArrayList;
import java.util.List;

/// From a probability for each column to moments: each run of columns above one half is an event,
/// at the mean of their times weighted by probability; of two within the refractory time the more
/// probable one stays.
final class EventPicker {
  private static final double THRESHOLD = 0.5;

  private final double refractory;
  private final List<Double> times = new ArrayList<>();
  private final List<Double> peaks = new ArrayList<>();
  private final List<Double> said = new ArrayList<>();
  private double weight;
  private double moment;
  private double peak;

  /// @param refractory samples
  EventPicker(double refractory) {
    this.refractory = refractory;
  }

  /// In the order of time.
  void add(double time, double probability) {
    add(time, probability, Double.NaN);
  }

  /// @param now when this became known
  void add(double time, double probability, double now) {
    if (probability > THRESHOLD) {
      weight += probability;
      moment += probability * time;
      peak = Math.max(peak, probability);
    } else {
      end(now);
    }
  }

  private void end(double now) {
    if (weight == 0) {
      return;
    }
    double time = moment / weight;
    int last = times.size() - 1;
    if (last < 0 || time - times.get(last) >= refractory) {
      times.add(time);
      peaks.add(peak);
      said.add(now);
    } else if (peak > peaks.get(last)) {
      times.set(last, time);
      peaks.set(last, peak);
      said.set(last, now);
    }
    weight = 0;
    moment = 0;
    peak = 0;
  }

  double[] found() {
    end(Double.NaN);
    return times.stream().mapToDouble(t -> t).toArray();
  }

  /// How long after each found event it was known to be one, the mean; NaN where nobody said when.
  double meanDelay() {
    double sum = 0;
    int count = 0;
    for (int i = 0; i < times.size(); i++) {
      if (!Double.isNaN(said.get(i))) {
        sum += said.get(i) - times.get(i);
        count++;
      }
    }
    return sum / count;
  }
}
