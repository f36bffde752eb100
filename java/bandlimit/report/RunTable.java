package bandlimit.report;

import bandlimit.eval.ShiftReport;
import bandlimit.report.RunRows.Cell;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import java.util.stream.Stream;

/// The runs side by side: a row a quantity, a column a run.
final class RunTable {
  private final RunRows rows;
  private final List<Run> runs;

  RunTable(Html html, List<Run> runs, List<String> labels) {
    this.rows = new RunRows(html, runs, labels);
    this.runs = runs;
  }

  void write() {
    rows.open("Accuracies in percent; below an estimate its 95\u202f% Wilson interval.");
    accuracy();
    shifts();
    cost();
    rows.close();
  }

  private void accuracy() {
    row("Network", run -> new Cell(run.setting("model.name"), run.antialias()));
    row("Trained", run -> new Cell(Numbers.plural(run.epochs().size(), "epoch"), unfinished(run)));
    row("Best top-1", this::best);
    row("Final top-1", run -> Cell.of(run.last("eval_top1"), Numbers::percent));
    row(
        "Final top-1, averaged weights",
        run -> Cell.of(run.last("eval_ema_top1"), Numbers::percent));
    row("Final top-5", run -> Cell.of(run.last("eval_top5"), Numbers::percent));
    row("Best mean absolute error", run -> Cell.of(run.least("eval_mae"), Numbers::significant));
    row("Final mean absolute error", run -> Cell.of(run.last("eval_mae"), Numbers::significant));
    row(
        "Final mean absolute error, averaged weights",
        run -> Cell.of(run.last("eval_ema_mae"), Numbers::significant));
    row(
        "Final root mean squared error",
        run -> Cell.of(run.last("eval_rmse"), Numbers::significant));
    row("Final evaluation loss", run -> Cell.of(run.last("eval_loss"), Numbers::significant));
    row("Final training loss", run -> Cell.of(run.last("train_loss"), Numbers::significant));
  }

  private static String unfinished(Run run) {
    return run.epochs().size() < run.epochsWanted() ? "of " + run.epochsWanted() : "";
  }

  private Cell best(Run run) {
    return run.best()
        .map(
            epoch ->
                new Cell(
                    Numbers.percent(Run.value(epoch, "eval_top1").orElse(Double.NaN)),
                    "epoch " + epoch.getOrDefault("epoch", "?")))
        .orElse(Cell.NONE);
  }

  private void shifts() {
    Set<String> consistency = new LinkedHashSet<>();
    Set<String> sweeps = new LinkedHashSet<>();
    for (Run run : runs) {
      run.shift()
          .ifPresent(
              s -> {
                s.consistency().forEach(c -> consistency.add(c.protocol().label()));
                s.sweeps().forEach(sweep -> sweeps.add(sweep.protocol().label()));
              });
    }
    row(
        "Top-1 of the shift evaluation, unshifted",
        run -> Cell.of(run.shift().map(s -> s.unshifted().top1())));
    for (String label : consistency) {
      row("Consistency, " + label, run -> Cell.of(consistency(run, label).map(c -> c.rate())));
    }
    for (String label : consistency) {
      if (!label.endsWith("-shared")) {
        views(label, run -> consistency(run, label).map(ShiftReport.Consistency::views));
      }
    }
    for (String label : sweeps) {
      Function<Run, Optional<ShiftReport.Views>> of =
          run ->
              run.shift().stream()
                  .flatMap(s -> s.sweeps().stream())
                  .filter(s -> s.protocol().label().equals(label))
                  .findFirst()
                  .map(ShiftReport.Sweep::views);
      row(
          "Stability, " + label,
          run ->
              of.apply(run)
                  .map(v -> new Cell(Numbers.fixed(v.stability(), 4), "lower is better"))
                  .orElse(Cell.NONE));
      views(label, of);
    }
    fractional();
    for (String label : names(s -> s.worst().stream().map(w -> w.protocol().label()))) {
      row("Top-1 under " + label + ", worst", run -> worst(run, label));
    }
  }

  private void fractional() {
    for (String label : names(s -> s.fractional().stream().map(f -> f.protocol().label()))) {
      Function<Run, Optional<ShiftReport.Fractional>> of =
          run ->
              run.shift().stream()
                  .flatMap(s -> s.fractional().stream())
                  .filter(f -> f.protocol().label().equals(label))
                  .findFirst();
      for (String kind :
          names(s -> s.fractional().stream().flatMap(f -> f.kinds().stream()).map(k -> k.name()))) {
        row(
            "Consistency, %s, %s".formatted(label, kind),
            run ->
                Cell.of(
                    of.apply(run).stream()
                        .flatMap(f -> f.kinds().stream())
                        .filter(k -> k.name().equals(kind))
                        .map(ShiftReport.FractionalKind::rate)
                        .findFirst()));
      }
      row(
          "Largest change of a logit over their range, " + label,
          run ->
              of.apply(run)
                  .map(f -> new Cell(Numbers.significant(f.maxChange()), settled(f)))
                  .orElse(Cell.NONE));
      views(label, run -> of.apply(run).map(ShiftReport.Fractional::views));
    }
  }

  private static String settled(ShiftReport.Fractional found) {
    return "%s\u202f%% have twice the margin".formatted(Numbers.percent(found.settled().percent()));
  }

  private static Cell worst(Run run, String label) {
    return run.shift().stream()
        .flatMap(s -> s.worst().stream())
        .filter(w -> w.protocol().label().equals(label))
        .findFirst()
        .map(
            w ->
                new Cell(
                    Numbers.percent(w.robust().percent()),
                    Numbers.interval(w.robust()) + " of " + w.shifts() + " shifts"))
        .orElse(Cell.NONE);
  }

  private Set<String> names(Function<ShiftReport, Stream<String>> of) {
    Set<String> names = new LinkedHashSet<>();
    for (Run run : runs) {
      run.shift().ifPresent(s -> of.apply(s).forEach(names::add));
    }
    return names;
  }

  private void views(String label, Function<Run, Optional<ShiftReport.Views>> of) {
    row(
        "Top-1 under " + label + ", mean",
        run ->
            of.apply(run)
                .map(v -> new Cell(Numbers.percent(v.top1Mean()), "of " + v.views() + " shifts"))
                .orElse(Cell.NONE));
    row(
        "Top-1 under " + label + ", worst",
        run -> Cell.of(of.apply(run).map(ShiftReport.Views::top1Worst)));
  }

  static Optional<ShiftReport.Consistency> consistency(Run run, String label) {
    return run.shift().stream()
        .flatMap(s -> s.consistency().stream())
        .filter(c -> c.protocol().label().equals(label))
        .findFirst();
  }

  private void cost() {
    row("Parameters", run -> layers(run, Layers.Totals::parameters));
    row("Multiply-accumulates per sample", run -> layers(run, Layers.Totals::macs));
    row("Training speed, images/s", RunTable::speed);
    row("Training time", RunTable::time);
  }

  private static Cell layers(Run run, ToLongFunction<Layers.Totals> count) {
    return run.layers()
        .map(layers -> count.applyAsLong(layers.totals()))
        .map(n -> new Cell(Numbers.count(n), n >= 10_000 ? Numbers.whole(n) : ""))
        .orElse(Cell.NONE);
  }

  /// The median epoch: the first warms up, and others may share the machine.
  private static Cell speed(Run run) {
    double[] speeds = run.column("images_per_s");
    if (speeds.length == 0) {
      return Cell.NONE;
    }
    java.util.Arrays.sort(speeds);
    return new Cell(Numbers.fixed(speeds[speeds.length / 2], 0), "median epoch");
  }

  private static Cell time(Run run) {
    double[] times = run.column("time_s");
    return times.length == 0
        ? Cell.NONE
        : new Cell(Numbers.duration(java.util.Arrays.stream(times).sum()), "");
  }

  private void row(String name, Function<Run, Cell> cell) {
    rows.row(name, cell);
  }
}
