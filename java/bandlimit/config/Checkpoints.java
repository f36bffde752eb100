package bandlimit.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// Which checkpoints a run keeps.
public record Checkpoints(
    @Key(value = "numbered epoch checkpoints to keep besides `last` and `best`", def = "1", min = 0)
        int keep,
    @Key(
            "metric that decides `best`: eval/top1, eval/top5 and eval/loss of classes, eval/mae,"
                + " eval/rmse and eval/loss of numbers, or the same of eval_ema; null takes"
                + " eval/top1 or eval/mae")
        Optional<String> monitor,
    @Key("whether more or less of it is better; null knows") Optional<Mode> mode,
    @Key(value = "updates between checkpoints, besides those at the end of an epoch", min = 1)
        Optional<Integer> intervalSteps) {
  private static final List<String> OF_CLASSES = List.of("top1", "top5", "loss");
  private static final List<String> OF_NUMBERS = List.of("mae", "rmse", "loss");

  public Checkpoints {
    new Rules()
        .require(
            monitor.isEmpty() || isMetric(monitor.get()),
            "monitor",
            "unknown metric \"%s\"; allowed: %s",
            monitor.orElse(""),
            String.join(", ", all()))
        .check();
  }

  private static List<String> all() {
    var all = new ArrayList<String>();
    for (String prefix : List.of("eval/", "eval_ema/")) {
      Stream.of(OF_CLASSES, OF_NUMBERS)
          .flatMap(List::stream)
          .distinct()
          .forEach(m -> all.add(prefix + m));
    }
    return all;
  }

  private static boolean isMetric(String name) {
    return all().contains(name);
  }

  /// The same with monitor and mode filled in.
  Checkpoints of(Loss loss) {
    var metric = monitor.orElse(loss.isRegression() ? "eval/mae" : "eval/top1");
    return new Checkpoints(
        keep, Optional.of(metric), mode.or(() -> Optional.of(natural(metric))), intervalSteps);
  }

  private static Mode natural(String metric) {
    return metric.contains("/top") ? Mode.MAX : Mode.MIN;
  }

  /// Whether its metric is better at `now` than at `before`.
  public boolean isBetter(double now, double before) {
    return mode.equals(Optional.of(Mode.MAX)) ? now > before : now < before;
  }

  void check(Rules rules, Loss loss) {
    var metric = metric();
    var measured = loss.isRegression() ? OF_NUMBERS : OF_CLASSES;
    rules
        .require(
            measured.contains(metric.substring(metric.indexOf('/') + 1)),
            "checkpoint.monitor",
            "%s is not measured with loss.name: %s, but %s",
            metric,
            loss.word(),
            String.join(", ", measured))
        .require(
            mode.orElseThrow() == natural(metric),
            "checkpoint.mode",
            "%s is better when %s",
            metric,
            natural(metric) == Mode.MIN ? "smaller: use min" : "greater: use max");
  }

  /// The metric that decides `best`, once it is known what is measured.
  String metric() {
    return monitor.orElseThrow();
  }

  public enum Mode {
    MAX,
    MIN
  }
}
