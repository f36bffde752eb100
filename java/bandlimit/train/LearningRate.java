package bandlimit.train;

import bandlimit.config.Schedule;

/// The learning rate of each update, counted from 0: a linear warm-up, then the schedule's course.
///
/// Warm-up over W updates: from + (peak - from) (i + 1) / W. Cosine over the T - W after it: least
/// + (peak - least) / 2 (1 + cos(pi (i - W) / (T - W))). Times given in epochs are multiplied by
///   the updates in one.
public final class LearningRate {
  private final Schedule schedule;
  private final double peak;
  private final long updatesPerEpoch;
  private final long warmup;
  private final long end;

  public LearningRate(Schedule schedule, double peak, long updatesPerEpoch, int epochs) {
    this.schedule = schedule;
    this.peak = peak;
    this.updatesPerEpoch = updatesPerEpoch;
    this.warmup = Math.round(schedule.warmupEpochs() * updatesPerEpoch);
    this.end = Math.round((epochs - schedule.cooldownEpochs()) * updatesPerEpoch);
  }

  public double at(long update) {
    if (update < warmup) {
      double from = schedule.warmupLr();
      return from + (peak - from) * (update + 1) / warmup;
    }
    return switch (schedule) {
      case Schedule.Constant _ -> peak;
      case Schedule.Step step -> {
        double decays = Math.floor(update / (step.decayEpochs() * updatesPerEpoch));
        yield peak * Math.pow(step.decayRate(), decays);
      }
      case Schedule.Multistep steps -> {
        long passed =
            steps.milestones().stream().filter(m -> update >= m * updatesPerEpoch).count();
        yield peak * Math.pow(steps.decayRate(), passed);
      }
      case Schedule.Cosine cosine -> {
        double done = Math.min(1, (double) (update - warmup) / Math.max(1, end - warmup));
        yield cosine.minLr() + (peak - cosine.minLr()) / 2 * (1 + Math.cos(Math.PI * done));
      }
    };
  }
}
