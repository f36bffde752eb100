package bandlimit.config;

import java.util.List;

/// The learning rate over time, as a course from `optimizer.lr` that follows a linear warm-up.
///
/// Times are in epochs from the start of training, warm-up included, and may be fractions.
@Tag(key = "name", def = "cosine", doc = "course of the learning rate after the warm-up")
public sealed interface Schedule {
  /// Epochs of linear rise from [#warmupLr] to the peak; 0 is none.
  double warmupEpochs();

  double warmupLr();

  /// Epochs at the end with the rate held at its least; part of `train.epochs`.
  default double cooldownEpochs() {
    return 0;
  }

  /// The peak rate to the end.
  record Constant(
      @Key(value = "epochs of linear rise to the peak rate", def = "0", min = 0)
          double warmupEpochs,
      @Key(value = "rate at the first step of the warm-up", def = "1e-5", min = 0) double warmupLr)
      implements Schedule {}

  /// Times `decay_rate` every `decay_epochs`.
  record Step(
      @Key(value = "epochs of linear rise to the peak rate", def = "0", min = 0)
          double warmupEpochs,
      @Key(value = "rate at the first step of the warm-up", def = "1e-5", min = 0) double warmupLr,
      @Key(value = "epochs between two decays", def = "30", above = 0) double decayEpochs,
      @Key(value = "factor of a decay", def = "0.1", above = 0, max = 1) double decayRate)
      implements Schedule {}

  /// Times `decay_rate` at each milestone.
  record Multistep(
      @Key(value = "epochs of linear rise to the peak rate", def = "0", min = 0)
          double warmupEpochs,
      @Key(value = "rate at the first step of the warm-up", def = "1e-5", min = 0) double warmupLr,
      @Key(value = "epochs at which the rate decays, increasing", min = 0) List<Double> milestones,
      @Key(value = "factor of a decay", def = "0.1", above = 0, max = 1) double decayRate)
      implements Schedule {
    public Multistep {
      milestones = List.copyOf(milestones);
      boolean increasing = true;
      for (int i = 1; i < milestones.size(); i++) {
        increasing &= milestones.get(i - 1) < milestones.get(i);
      }
      new Rules()
          .require(!milestones.isEmpty(), "milestones", "must name at least one epoch")
          .require(
              increasing,
              "milestones",
              "must increase, got %s",
              milestones.stream().map(YamlWriter::shortest).toList())
          .check();
    }
  }

  /// Half a cosine from the peak to `min_lr`.
  record Cosine(
      @Key(value = "epochs of linear rise to the peak rate", def = "0", min = 0)
          double warmupEpochs,
      @Key(value = "rate at the first step of the warm-up", def = "1e-5", min = 0) double warmupLr,
      @Key(value = "rate at the end", def = "0", min = 0) double minLr,
      @Key(value = "epochs at the end held at `min_lr`, part of `train.epochs`", def = "0", min = 0)
          double cooldownEpochs)
      implements Schedule {}
}
