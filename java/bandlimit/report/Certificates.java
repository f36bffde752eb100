package bandlimit.report;

import bandlimit.certify.Certificate;
import bandlimit.certify.Structure;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/// Which translations networks do not see: guarantees, measurements, and the layers in between.
final class Certificates {
  private static final double WIDE = 430;

  private final Html html;
  private final List<Run> runs;
  private final List<String> labels;

  Certificates(Html html, List<Run> runs, List<String> labels) {
    this.html = html;
    this.runs = runs;
    this.labels = labels;
  }

  static boolean any(List<Run> runs) {
    return runs.stream().anyMatch(run -> run.certificate().isPresent());
  }

  void write() {
    for (int run = 0; run < runs.size(); run++) {
      if (runs.get(run).certificate().isPresent()) {
        guarantee(run, runs.get(run).certificate().orElseThrow());
      }
    }
    Marker.legend(html, labels);
    html.open("div", "class", "charts wide");
    changes();
    curve(
        "Energy folded into a layer's band, as a power of ten",
        "share folded",
        Certificate.Row::folded);
    curve(
        "A layer's own error under fractions of a sample, as a power of ten",
        "own error",
        Certificate.Row::fraction);
    html.close();
    for (int run = 0; run < runs.size(); run++) {
      if (runs.get(run).certificate().isPresent()) {
        layers(run, runs.get(run).certificate().orElseThrow());
      }
    }
  }

  private void guarantee(int run, Certificate certificate) {
    Structure structure = certificate.structure();
    html.open("p");
    Marker.swatch(html, run);
    html.leaf("strong", labels.get(run)).text(" – guaranteed: " + structure.guarantee());
    if (!structure.anyImage().equals(structure.guarantee())) {
      html.text(" (of images with their Nyquist frequency: " + structure.anyImage() + ")");
    }
    html.text(". Measured on " + certificate.images() + ".").close();
    html.open("ul");
    for (Structure.End end : structure.ends()) {
      html.open("li").leaf("code", end.layer());
      html.text(": %s (%s → %s)".formatted(end.reason(), end.before(), end.after())).close();
    }
    for (Certificate.Change c : certificate.changes()) {
      String images =
          c.guaranteed()
              ? "%d of %d images are proven stable".formatted(c.stable(), certificate.samples())
              : "not guaranteed; %d of %d images changed class"
                  .formatted(c.flips(), certificate.samples());
      html.leaf("li", "translations, %s: %s".formatted(c.kind(), images));
    }
    certificate.contradictions().forEach(text -> html.leaf("li", "Contradiction: " + text));
    html.close();
  }

  private void changes() {
    Set<String> kinds = new LinkedHashSet<>();
    for (Run run : runs) {
      run.certificate().ifPresent(c -> c.changes().forEach(change -> kinds.add(change.kind())));
    }
    var chart =
        new ShareChart("Largest change of a logit", "share of the logits' range, images and noise");
    for (String kind : kinds) {
      var dots = new ArrayList<ShareChart.Dot>();
      for (int run = 0; run < runs.size(); run++) {
        int number = run;
        runs.get(run).certificate().stream()
            .flatMap(c -> c.changes().stream())
            .filter(c -> c.kind().equals(kind))
            .forEach(
                c ->
                    dots.add(
                        new ShareChart.Dot(
                            labels.get(number), number, Math.max(c.share(), c.noise()))));
      }
      chart.add("translations, " + kind, dots);
    }
    if (!chart.isEmpty()) {
      chart.draw(html);
    }
  }

  private void curve(String title, String value, Function<Certificate.Row, Optional<Double>> of) {
    var chart = new LineChart(WIDE, title, "layer, in the order of computation", value);
    for (int run = 0; run < runs.size(); run++) {
      var points = new ArrayList<LineChart.Point>();
      var rows = runs.get(run).certificate().map(Certificate::layers).orElse(List.of());
      for (int i = 0; i < rows.size(); i++) {
        int layer = i + 1;
        var row = rows.get(i);
        of.apply(row)
            .ifPresent(
                share ->
                    points.add(
                        new LineChart.Point(
                            layer,
                            ShareChart.power(share),
                            row.layer() + ": " + Numbers.scientific(share))));
      }
      chart.add(labels.get(run), run, points);
    }
    if (!chart.isEmpty()) {
      chart.draw(html);
    }
  }

  private void layers(int run, Certificate certificate) {
    if (certificate.layers().isEmpty()) {
      return;
    }
    html.open("details").open("summary");
    Marker.swatch(html, run);
    html.text(
        "%s: %d layers by themselves".formatted(labels.get(run), certificate.layers().size()));
    html.close();
    html.openBareTable("", "Layers of " + labels.get(run));
    html.open("thead").open("tr");
    for (String head : List.of("Layer", "Whole samples", "Fractions", "Folded", "Guarantees")) {
      html.leaf("th", head, "scope", "col", "class", head.equals("Guarantees") ? "word" : "");
    }
    html.close().close().open("tbody");
    for (Certificate.Row row : certificate.layers()) {
      html.open("tr").leaf("th", row.layer(), "scope", "row", "class", "code");
      html.leaf("td", number(row.whole()));
      html.leaf("td", number(row.fraction()));
      html.leaf("td", number(row.folded()));
      html.open("td", "class", "word").text(row.own());
      if (!row.note().isEmpty()) {
        html.leaf("small", row.note());
      }
      html.close().close();
    }
    html.close().closeTable().close();
  }

  private static String number(Optional<Double> value) {
    return value.map(Numbers::scientific).orElse("");
  }
}
