package bandlimit.report;

import bandlimit.eval.Rate;
import bandlimit.eval.ShiftReport;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;

/// Consistency by protocol, by the kind of the relative shift and by distance, and the mean along
/// the diagonal.
final class ShiftCharts {
  private final Html html;
  private final List<Run> runs;
  private final List<String> labels;

  ShiftCharts(Html html, List<Run> runs, List<String> labels) {
    this.html = html;
    this.runs = runs;
    this.labels = labels;
  }

  /// The proportions.
  void plots() {
    consistency();
    strata();
    fractional();
    worst();
  }

  /// What depends on how far a sample moves.
  void curves() {
    html.open("div", "class", "charts wide");
    distances();
    sweeps();
    html.close();
  }

  private void consistency() {
    Set<String> protocols = names(s -> s.consistency().stream().map(c -> c.protocol().label()));
    var plot =
        new DotPlot("Consistency of two random shifts", "same prediction, % (95\u202f% interval)");
    for (String protocol : protocols) {
      plot.add(
          protocol,
          dots(
              s ->
                  s.consistency().stream()
                      .filter(c -> c.protocol().label().equals(protocol))
                      .map(ShiftReport.Consistency::rate)
                      .findFirst()));
    }
    if (!protocols.isEmpty()) {
      plot.draw(html);
    }
  }

  private void strata() {
    Set<String> kinds =
        names(s -> s.strata().stream().flatMap(x -> x.strata().stream()).map(x -> x.name()));
    var plot =
        new DotPlot(
            "Consistency by the relative shift's divisibility",
            "same prediction, % (95\u202f% interval)");
    for (String kind : kinds) {
      plot.add(
          "shifts that are " + kind,
          dots(
              s ->
                  s.strata().stream()
                      .flatMap(x -> x.strata().stream())
                      .filter(x -> x.name().equals(kind))
                      .map(ShiftReport.Stratum::rate)
                      .findFirst()));
    }
    if (!kinds.isEmpty()) {
      plot.draw(html);
    }
  }

  private void fractional() {
    Set<String> kinds =
        names(s -> s.fractional().stream().flatMap(f -> f.kinds().stream()).map(k -> k.name()));
    var plot =
        new DotPlot(
            "Consistency with unshifted under fractional shifts",
            "same prediction, % (95\u202f% interval)");
    for (String kind : kinds) {
      plot.add(
          kind,
          dots(
              s ->
                  s.fractional().stream()
                      .flatMap(f -> f.kinds().stream())
                      .filter(k -> k.name().equals(kind))
                      .map(ShiftReport.FractionalKind::rate)
                      .findFirst()));
    }
    if (!kinds.isEmpty()) {
      plot.draw(html);
    }
  }

  private void worst() {
    Set<String> protocols = names(s -> s.worst().stream().map(w -> w.protocol().label()));
    var plot = new DotPlot("Top-1 under the worst shift", "right in all, % (95\u202f% interval)");
    for (String protocol : protocols) {
      plot.add(
          protocol,
          dots(
              s ->
                  s.worst().stream()
                      .filter(w -> w.protocol().label().equals(protocol))
                      .map(ShiftReport.Worst::robust)
                      .findFirst()));
    }
    if (!protocols.isEmpty()) {
      plot.draw(html);
    }
  }

  private Set<String> names(Function<ShiftReport, Stream<String>> of) {
    Set<String> names = new LinkedHashSet<>();
    for (Run run : runs) {
      run.shift().ifPresent(s -> of.apply(s).forEach(names::add));
    }
    return names;
  }

  private List<DotPlot.Dot> dots(Function<ShiftReport, Optional<Rate>> of) {
    var dots = new ArrayList<DotPlot.Dot>();
    for (int run = 0; run < runs.size(); run++) {
      int number = run;
      runs.get(run)
          .shift()
          .flatMap(of)
          .ifPresent(rate -> dots.add(new DotPlot.Dot(labels.get(number), number, rate)));
    }
    return dots;
  }

  private void distances() {
    for (String direction :
        names(
            s ->
                s.distances().stream().flatMap(d -> d.points().stream()).map(p -> p.direction()))) {
      var chart =
          new LineChart(
              430,
              "Agreement with unshifted, moved " + inWords(direction),
              "circular shift in pixels",
              "same prediction, %");
      for (int run = 0; run < runs.size(); run++) {
        var points = new ArrayList<LineChart.Point>();
        runs.get(run).shift().stream()
            .flatMap(s -> s.distances().stream())
            .flatMap(d -> d.points().stream())
            .filter(p -> p.direction().equals(direction))
            .forEach(p -> points.add(point(p)));
        chart.add(labels.get(run), run, points);
      }
      if (!chart.isEmpty()) {
        chart.draw(html);
      }
    }
  }

  private static String inWords(String direction) {
    return direction.equals("down-right") ? "down and right, %" : direction + ", %";
  }

  private static LineChart.Point point(ShiftReport.Distance p) {
    return new LineChart.Point(
        p.pixels(),
        p.rate().percent(),
        p.rate().low(),
        p.rate().high(),
        "%d px: %s (%s)"
            .formatted(
                p.pixels(), Numbers.percent(p.rate().percent()), Numbers.interval(p.rate())));
  }

  private void sweeps() {
    sweep("Top-1 along the diagonal, %", ShiftReport.Sweep::top1, 1);
    sweep("Mean p(true class) along the diagonal", ShiftReport.Sweep::pTrue, 4);
  }

  private void sweep(String title, Function<ShiftReport.Sweep, List<Double>> of, int digits) {
    var chart = new LineChart(430, title, "offset in pixels", title);
    for (int run = 0; run < runs.size(); run++) {
      var points = new ArrayList<LineChart.Point>();
      for (ShiftReport.Sweep sweep : runs.get(run).shift().map(s -> s.sweeps()).orElse(List.of())) {
        for (int i = 0; i < sweep.offsets().size(); i++) {
          double value = of.apply(sweep).get(i);
          String tip =
              "offset %d: %s".formatted(sweep.offsets().get(i), Numbers.fixed(value, digits));
          points.add(new LineChart.Point(sweep.offsets().get(i), value, tip));
        }
      }
      chart.add(labels.get(run), run, points);
    }
    if (!chart.isEmpty()) {
      chart.draw(html);
    }
  }
}
