package bandlimit.report;

import bandlimit.store.AtomicFiles;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/// One HTML page about some runs: style, charts and pictures inside, nothing to load, no script.
///
/// The same folders give the same bytes.
public final class Report {
  private final List<Run> runs;
  private final List<String> labels;
  private final Html html = new Html();

  private Report(List<Run> runs) {
    this.runs = List.copyOf(runs);
    this.labels = Labels.of(runs);
  }

  /// Writes the page about the runs in `folders`, the first of which the others are compared with.
  ///
  /// @throws bandlimit.error.DataException for a folder that holds no run
  public static void write(List<Path> folders, Path out) {
    AtomicFiles.write(out, of(folders));
  }

  static String of(List<Path> folders) {
    if (folders.isEmpty()) {
      throw new IllegalArgumentException("a report needs a run");
    }
    return new Report(folders.stream().map(Run::read).toList()).page();
  }

  private String page() {
    Map<String, Runnable> sections = new LinkedHashMap<>();
    sections.put("Results", this::results);
    sections.put("Training", () -> Training.write(html, runs, labels));
    if (Events.any(runs)) {
      sections.put("Events", () -> new Events(html, runs, labels).write());
    }
    if (Streams.any(runs)) {
      sections.put("Streaming", () -> new Streams(html, runs, labels).write());
    }
    sections.put("Shifts", this::shifts);
    if (Certificates.any(runs)) {
      sections.put("Certificate", () -> new Certificates(html, runs, labels).write());
    }
    sections.put("Samples", () -> new SampleCurves(runs, labels).write(html));
    sections.put("Layers", () -> new Details(html, runs, labels).layers());
    sections.put("Config", () -> new Details(html, runs, labels).config());
    sections.put("Definitions", () -> new Details(html, runs, labels).protocols());
    sections.put("Environment", () -> new Details(html, runs, labels).environment());

    html.raw("<!DOCTYPE html>\n").open("html", "lang", "en").open("head");
    html.empty("meta", "charset", "utf-8");
    html.empty("meta", "name", "viewport", "content", "width=device-width, initial-scale=1");
    html.empty("meta", "name", "color-scheme", "content", "light dark");
    html.leaf("title", title() + " – Bandlimit report");
    html.open("style").raw(style()).close().close();
    html.open("body");
    header(sections.keySet());
    html.open("main");
    sections.forEach(
        (name, body) -> {
          html.open("section", "id", id(name)).leaf("h2", name);
          body.run();
          html.close();
        });
    html.close();
    html.open("footer")
        .leaf("p", "Made by bandlimit report. Nothing in this page is loaded from elsewhere.")
        .close();
    html.close().close();
    return html.toString();
  }

  private static String id(String section) {
    return section.toLowerCase(java.util.Locale.ROOT);
  }

  private String title() {
    Set<String> experiments =
        runs.stream()
            .map(r -> r.setting("experiment"))
            .collect(Collectors.toCollection(LinkedHashSet::new));
    boolean named = experiments.size() <= 3 && !experiments.contains("");
    return named ? String.join(", ", experiments) : Numbers.plural(runs.size(), "run");
  }

  private void header(Set<String> sections) {
    html.open("header").leaf("p", "Bandlimit report", "class", "eyebrow").leaf("h1", title());
    html.leaf("p", subtitle(), "class", "lead");
    html.open("ul", "class", "cast");
    for (int run = 0; run < runs.size(); run++) {
      Run r = runs.get(run);
      html.open("li");
      Marker.swatch(html, run);
      html.open("span").leaf("strong", labels.get(run));
      html.leaf("small", r.setting("model.name") + ", " + r.antialias() + " · " + r.progress());
      html.close().close();
    }
    html.close().open("nav", "aria-label", "Sections");
    sections.forEach(name -> html.leaf("a", name, "href", "#" + id(name)));
    html.close().close();
  }

  private String subtitle() {
    String data = distinct(r -> r.setting("data.name"));
    String device = distinct(r -> r.environment().path("device").asString(""));
    String day =
        distinct(
            r -> {
              String started = r.environment().path("started").asString("");
              return started.substring(0, Math.min(10, started.length()));
            });
    String count = Numbers.plural(runs.size(), "run");
    return java.util.stream.Stream.of(count, data, day, device)
        .filter(s -> !s.isEmpty())
        .collect(Collectors.joining(" · "));
  }

  private String distinct(java.util.function.Function<Run, String> of) {
    return runs.stream()
        .map(of)
        .filter(s -> !s.isEmpty())
        .distinct()
        .collect(Collectors.joining(", "));
  }

  private void results() {
    List<String> sentences = PairedTable.sentences(runs, labels);
    if (!sentences.isEmpty()) {
      html.open("ul", "class", "findings");
      sentences.forEach(s -> html.leaf("li", s));
      html.close();
    }
    missing();
    html.open("div", "class", "results");
    html.open("div");
    new RunTable(html, runs, labels).write();
    html.close();
    if (runs.stream().anyMatch(r -> r.shift().isPresent())) {
      html.open("div", "class", "plots");
      new ShiftCharts(html, runs, labels).plots();
      html.close();
    }
    html.close();
    new PairedTable(html, runs, labels).write();
  }

  private void missing() {
    for (int run = 0; run < runs.size(); run++) {
      if (!runs.get(run).missing().isEmpty()) {
        html.leaf(
            "p",
            labels.get(run) + ": " + String.join(" ", runs.get(run).missing()),
            "class",
            "note");
      }
    }
  }

  private void shifts() {
    if (runs.stream().allMatch(r -> r.shift().isEmpty())) {
      html.leaf(
          "p",
          "Shifts were not evaluated; where a sample has one class, bandlimit eval RUN --shift all"
              + " --save does it.",
          "class",
          "note");
      return;
    }
    Marker.legend(html, labels);
    new ShiftCharts(html, runs, labels).curves();
  }

  private static String style() {
    try (InputStream in = Report.class.getResourceAsStream("style.css")) {
      if (in == null) {
        throw new IllegalStateException("style.css is not beside the classes");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
