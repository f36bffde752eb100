package bandlimit.golden;

import bandlimit.config.Schedule;
import bandlimit.train.LearningRate;
import java.util.stream.IntStream;

/// A case of the learning rate over time: cosine after a linear warm-up.
final class RateCase {
  private RateCase() {}

  static void run(GoldenCase golden, Verdict verdict) {
    var options = golden.options();
    int steps = options.integer("steps");
    var schedule = new Schedule.Cosine(options.integer("warmup", 0), 0, options.number("min"), 0);
    var rate = new LearningRate(schedule, options.number("base"), 1, steps);
    double[] rates = IntStream.rangeClosed(0, steps).mapToDouble(rate::at).toArray();
    verdict.compare("lr", rates, Tolerance.trajectory(verdict.machine()));
  }
}
