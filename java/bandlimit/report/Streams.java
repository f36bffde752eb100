package bandlimit.report;

import bandlimit.eval.StreamReport;
import bandlimit.report.RunRows.Cell;
import bandlimit.stream.PhaseError;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/// Networks on a live signal: whether they answer as on windows, what they find, how fast.
final class Streams {
  private final Html html;
  private final List<Run> runs;
  private final List<String> labels;

  Streams(Html html, List<Run> runs, List<String> labels) {
    this.html = html;
    this.runs = runs;
    this.labels = labels;
  }

  static boolean any(List<Run> runs) {
    return runs.stream().anyMatch(run -> run.stream().isPresent());
  }

  void write() {
    html.leaf(
        "p",
        "The test part of the signal, pushed through the network hop by hop, beside full inference"
            + " on windows of the same samples. Found events are marked below the true ones; the"
            + " picture shows the first that is missing or too many, or the beginning where there"
            + " is none.");
    html.open("div", "class", "charts wide");
    var latencies = new LatencyChart();
    for (int run = 0; run < runs.size(); run++) {
      if (runs.get(run).stream().isPresent()) {
        var report = runs.get(run).stream().get();
        new SignalPlot(labels.get(run), run, report.excerpt()).draw(html);
        trace(run, report);
        latencies.add(labels.get(run), run, report.latency());
      }
    }
    latencies.draw(html);
    html.close();
    table();
    for (int run = 0; run < runs.size(); run++) {
      if (runs.get(run).stream().isPresent()) {
        bounds(run, runs.get(run).stream().get());
      }
    }
  }

  /// An output over time, streamed and full: two lines that should be one.
  private void trace(int run, StreamReport report) {
    if (report.trace().isEmpty()) {
      return;
    }
    var trace = report.trace().get();
    var chart =
        new LineChart(
            430,
            "%s: output \"%s\"".formatted(labels.get(run), trace.output()),
            "seconds of the recording",
            "output");
    chart.add(labels.get(run) + ", full", 6, points(trace.times(), trace.full()));
    chart.add(labels.get(run) + ", stream", run, points(trace.times(), trace.stream()));
    chart.draw(html);
  }

  private static List<LineChart.Point> points(List<Double> times, List<Double> values) {
    var points = new ArrayList<LineChart.Point>();
    for (int i = 0; i < times.size(); i++) {
      String tip =
          "%s s: %s".formatted(Numbers.fixed(times.get(i), 2), Numbers.significant(values.get(i)));
      points.add(new LineChart.Point(times.get(i), values.get(i), tip));
    }
    return points;
  }

  private void table() {
    var rows = new RunRows(html, runs, labels);
    rows.open("NRMSE is the root of the mean squared difference over the range of full inference.");
    of(rows, "Hop", r -> new Cell(samples(r.hop()), seconds(r, r.hop())));
    of(rows, "Right context waited for", r -> new Cell(samples(r.delay()), seconds(r, r.delay())));
    of(rows, "Answers compared", r -> agreement(r.windows()));
    of(rows, "Largest difference of an output", r -> largest(r.windows()));
    of(rows, "NRMSE of an output", r -> new Cell(share(r.windows().nrmse()), ""));
    of(rows, "Decisions alike", r -> Cell.of(r.windows().decisions()));
    phased(rows, "NRMSE at the phases that the hop asks for", p -> new Cell(share(p.nrmse()), ""));
    phased(rows, "Decisions alike at those phases", p -> Cell.of(p.decisions()));
    events(rows, "Sensitivity in the stream", e -> Cell.of(Optional.of(e.stream().sensitivity())));
    events(
        rows,
        "Positive predictivity in the stream",
        e -> Cell.of(Optional.of(e.stream().predictivity())));
    events(
        rows,
        "Events found by full inference too",
        e -> new Cell("%d of %d".formatted(e.both(), e.found()), apart(e.apartMs())));
    events(
        rows,
        "Said after the event, mean, ms",
        e -> new Cell(Numbers.fixed(e.delayMs(), 0), "without computing time"));
    of(rows, "Latency, median, ms", r -> latency(r, r.latency().median()));
    of(rows, "Latency, 99 of 100 within, ms", r -> latency(r, r.latency().p99()));
    of(rows, "Latency, longest, ms", r -> latency(r, r.latency().largest()));
    of(rows, "Samples a second", r -> new Cell(Numbers.count(r.samplesPerSecond()), ""));
    of(
        rows,
        "Memory of a stream, bytes",
        r -> new Cell(Numbers.whole(r.bytesPerStream()), "beside the weights"));
    rows.close();
  }

  private static void of(RunRows rows, String name, Function<StreamReport, Cell> cell) {
    rows.row(name, run -> run.stream().map(cell).orElse(Cell.NONE));
  }

  private static void phased(
      RunRows rows, String name, Function<StreamReport.Agreement, Cell> cell) {
    of(rows, name, r -> r.phases().map(cell).orElse(Cell.NONE));
  }

  private static void events(RunRows rows, String name, Function<StreamReport.Events, Cell> cell) {
    of(rows, name, r -> r.events().map(cell).orElse(Cell.NONE));
  }

  private static String samples(int count) {
    return Numbers.plural(count, "sample");
  }

  private static String seconds(StreamReport report, int samples) {
    return Numbers.fixed(1000 * samples / report.rate(), 1) + " ms";
  }

  private static Cell agreement(StreamReport.Agreement agreement) {
    return new Cell(
        Numbers.whole(agreement.answers()), "in " + Numbers.plural(agreement.windows(), "window"));
  }

  private static Cell largest(StreamReport.Agreement agreement) {
    double range =
        agreement.outputs().stream().mapToDouble(StreamReport.Output::range).max().orElse(0);
    return new Cell(share(agreement.largest()), "of a range of " + Numbers.significant(range));
  }

  private static String share(double value) {
    return value == 0 ? "0" : Numbers.scientific(value);
  }

  private static String apart(double ms) {
    return ms == 0 ? "at the same time" : "at most %s ms apart".formatted(Numbers.scientific(ms));
  }

  private static Cell latency(StreamReport report, double ms) {
    return new Cell(Numbers.significant(ms), report.latency().realTime() ? "in real time" : "");
  }

  private void bounds(int run, StreamReport report) {
    if (report.errors().isEmpty()) {
      return;
    }
    html.open("p");
    Marker.swatch(html, run);
    html.leaf("strong", labels.get(run))
        .text(
            " – the hop is no multiple of the stride %d; the published bound says:"
                .formatted(report.stride()))
        .close();
    html.open("ul");
    report.errors().stream().map(PhaseError::text).forEach(text -> html.leaf("li", text));
    html.close();
  }
}
