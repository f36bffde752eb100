package bandlimit.report;

import bandlimit.eval.ShiftReport;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// p(true class) of some samples as they move along the diagonal, all runs in one chart.
///
/// Which samples: of those that every run kept (the same for all, whatever the networks say), the
/// ones whose probability varies most, averaged over the runs so that none is favoured, one of a
/// class first.
final class SampleCurves {
  private static final int SHOWN = 6;

  private final List<Run> runs;
  private final List<String> labels;

  SampleCurves(List<Run> runs, List<String> labels) {
    this.runs = runs;
    this.labels = labels;
  }

  void write(Html html) {
    List<Integer> chosen = choose();
    if (chosen.isEmpty()) {
      html.leaf("p", "No diagonal sweep with common samples.", "class", "note");
      return;
    }
    html.leaf(
        "p",
        ("The probability of the true class while the sample moves. Of the samples that were kept"
                + " (the first few of each class), the %d whose probability varies most on"
                + " average over all runs, classes taken in turn: extreme cases, for the look of"
                + " it. The averages are above.")
            .formatted(chosen.size()));
    Marker.legend(html, labels);
    html.open("div", "class", "charts samples");
    for (int index : chosen) {
      card(html, index);
    }
    html.close();
  }

  /// Empty for a run on other data than the first's: its sample 7 is another sample.
  private Optional<ShiftReport.Sweep> sweep(int run) {
    Optional<String> digest =
        runs.stream().flatMap(r -> r.shift().stream()).map(ShiftReport::digest).findFirst();
    return runs.get(run)
        .shift()
        .filter(s -> Optional.of(s.digest()).equals(digest))
        .flatMap(s -> s.sweeps().stream().findFirst());
  }

  private Optional<ShiftReport.Curve> curve(int run, int index) {
    return sweep(run).flatMap(s -> s.curves().stream().filter(c -> c.index() == index).findFirst());
  }

  private List<Integer> choose() {
    Map<Integer, Double> variation = new LinkedHashMap<>();
    Map<Integer, String> classes = new LinkedHashMap<>();
    Map<Integer, Integer> found = new LinkedHashMap<>();
    int sweeps = 0;
    for (int run = 0; run < runs.size(); run++) {
      sweeps += sweep(run).isPresent() ? 1 : 0;
      for (ShiftReport.Curve c : sweep(run).map(ShiftReport.Sweep::curves).orElse(List.of())) {
        variation.merge(c.index(), deviation(c.pTrue()), Double::sum);
        classes.put(c.index(), c.trueClass());
        found.merge(c.index(), 1, Integer::sum);
      }
    }
    int all = sweeps;
    List<Integer> ranked =
        variation.entrySet().stream()
            .filter(e -> found.getOrDefault(e.getKey(), 0) == all)
            .sorted(
                Comparator.comparingDouble((Map.Entry<Integer, Double> e) -> -e.getValue())
                    .thenComparing(Map.Entry::getKey))
            .map(Map.Entry::getKey)
            .toList();
    var chosen = new ArrayList<Integer>();
    var seen = new HashSet<String>();
    for (int index : ranked) {
      if (chosen.size() < SHOWN && seen.add(classes.getOrDefault(index, ""))) {
        chosen.add(index);
      }
    }
    for (int index : ranked) {
      if (chosen.size() < SHOWN && !chosen.contains(index)) {
        chosen.add(index);
      }
    }
    return chosen;
  }

  private static double deviation(List<Double> p) {
    double mean = p.stream().mapToDouble(x -> x).average().orElse(0);
    double variance = p.stream().mapToDouble(x -> (x - mean) * (x - mean)).average().orElse(0);
    return Double.isFinite(variance) ? Math.sqrt(variance) : 0;
  }

  private void card(Html html, int index) {
    html.open("div", "class", "card");
    var chart = new LineChart(300, "p(true class)", "offset in pixels", "p").from(0, 1);
    String name = "";
    String picture = "";
    for (int run = 0; run < runs.size(); run++) {
      Optional<ShiftReport.Curve> curve = curve(run, index);
      if (curve.isPresent()) {
        name = curve.get().trueClass();
        picture = curve.get().thumbnail();
        chart.add(labels.get(run), run, points(sweep(run).orElseThrow(), curve.get()));
      }
    }
    html.open("div", "class", "who");
    if (isPng(picture)) {
      html.empty("img", "src", picture, "alt", "sample " + index, "width", "64", "height", "64");
    }
    html.open("div").leaf("strong", name).leaf("small", "sample " + index).close().close();
    chart.draw(html);
    html.close();
  }

  /// The page embeds nothing else, whatever a report file says.
  private static boolean isPng(String picture) {
    return picture.startsWith("data:image/png;base64,");
  }

  private static List<LineChart.Point> points(ShiftReport.Sweep sweep, ShiftReport.Curve curve) {
    var points = new ArrayList<LineChart.Point>();
    int count = Math.min(sweep.offsets().size(), curve.pTrue().size());
    for (int i = 0; i < count; i++) {
      int offset = sweep.offsets().get(i);
      double p = curve.pTrue().get(i);
      points.add(
          new LineChart.Point(
              offset, p, "offset %d: p = %s".formatted(offset, Numbers.fixed(p, 3))));
    }
    return points;
  }
}
