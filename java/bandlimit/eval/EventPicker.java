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
  private double weight;
  private double moment;
  private double peak;

  /// @param refractory samples
  EventPicker(double refractory) {
    this.refractory = refractory;
  }

  /// In the order of time.
  void add(double time, double probability) {
    if (probability > THRESHOLD) {
      weight += probability;
      moment += probability * time;
      peak = Math.max(peak, probability);
    } else {
      end();
    }
  }

  private void end() {
    if (weight == 0) {
      return;
    }
    double time = moment / weight;
    int last = times.size() - 1;
    if (last < 0 || time - times.get(last) >= refractory) {
      times.add(time);
      peaks.add(peak);
    } else if (peak > peaks.get(last)) {
      times.set(last, time);
      peaks.set(last, peak);
    }
    weight = 0;
    moment = 0;
    peak = 0;
  }

  double[] found() {
    end();
    return times.stream().mapToDouble(t -> t).toArray();
  }
}
