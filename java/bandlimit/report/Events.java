package bandlimit.report;

import bandlimit.eval.EventMatch;
import bandlimit.eval.EventReport;
import bandlimit.eval.Rate;
import bandlimit.report.RunRows.Cell;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/// How well networks that decide on every column find events.
final class Events {
  private final Html html;
  private final List<Run> runs;
  private final List<String> labels;

  Events(Html html, List<Run> runs, List<String> labels) {
    this.html = html;
    this.runs = runs;
    this.labels = labels;
  }

  static boolean any(List<Run> runs) {
    return runs.stream().anyMatch(run -> run.events().isPresent());
  }

  void write() {
    html.open("div", "class", "results").open("div");
    table();
    html.close().open("div", "class", "plots");
    new DotPlot("Events found and true", "percent, 95\u202f% interval")
        .add("Sensitivity", dots(EventMatch::sensitivity))
        .add("Positive predictivity", dots(EventMatch::predictivity))
        .draw(html);
    html.close().close();
  }

  private List<DotPlot.Dot> dots(Function<EventMatch, Rate> of) {
    var dots = new ArrayList<DotPlot.Dot>();
    for (int run = 0; run < runs.size(); run++) {
      int number = run;
      runs.get(run)
          .events()
          .ifPresent(
              e -> dots.add(new DotPlot.Dot(labels.get(number), number, of.apply(e.network()))));
    }
    return dots;
  }

  private void table() {
    var rows = new RunRows(html, runs, labels);
    rows.open(
        "Sensitivity: true events that were found. Positive predictivity: found ones that are"
            + " true.");
    of(rows, "Signal", e -> new Cell(Numbers.duration(e.seconds()), noise(e)));
    of(rows, "True within, ms", e -> new Cell(Numbers.fixed(e.toleranceMs(), 0), ""));
    found(rows, "", e -> Optional.of(e.network()));
    phases(rows, "Of all starts, lowest sensitivity", p -> Numbers.percent(p.sensitivity()));
    phases(rows, "Of all starts, lowest predictivity", p -> Numbers.percent(p.predictivity()));
    phases(rows, "An event's time moves with the start, ms", p -> Numbers.fixed(p.jitterMs(), 2));
    found(rows, ", Pan-Tompkins", EventReport::panTompkins);
    rows.close();
  }

  private static String noise(EventReport report) {
    return report.noise().map(n -> "noise at %s dB".formatted(n.decibels())).orElse("as recorded");
  }

  private static void of(RunRows rows, String name, Function<EventReport, Cell> cell) {
    rows.row(name, run -> run.events().map(cell).orElse(Cell.NONE));
  }

  private static void phases(
      RunRows rows, String name, Function<EventReport.Phases, String> value) {
    of(
        rows,
        name,
        e ->
            e.phases()
                .map(p -> new Cell(value.apply(p), "of " + p.phases() + " starts"))
                .orElse(Cell.NONE));
  }

  private static void found(
      RunRows rows, String by, Function<EventReport, Optional<EventMatch>> match) {
    of(rows, "Sensitivity" + by, e -> rate(match.apply(e), EventMatch::sensitivity));
    of(rows, "Positive predictivity" + by, e -> rate(match.apply(e), EventMatch::predictivity));
    of(
        rows,
        "Timing error" + by + ", ms",
        e ->
            match
                .apply(e)
                .map(
                    m ->
                        new Cell(
                            Numbers.signed(m.meanMs(), 1),
                            "deviation " + Numbers.fixed(m.stdMs(), 1)))
                .orElse(Cell.NONE));
  }

  private static Cell rate(Optional<EventMatch> match, Function<EventMatch, Rate> of) {
    return Cell.of(match.map(of));
  }
}
