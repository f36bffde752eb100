package bandlimit.report;

import bandlimit.eval.ShiftReport;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;

/// What one looks up: layers, configs, machines, and how each number was made.
final class Details {
  private final Html html;
  private final List<Run> runs;
  private final List<String> labels;

  Details(Html html, List<Run> runs, List<String> labels) {
    this.html = html;
    this.runs = runs;
    this.labels = labels;
  }

  void layers() {
    boolean any = false;
    for (int run = 0; run < runs.size(); run++) {
      if (runs.get(run).layers().isPresent()) {
        any = true;
        layers(run, runs.get(run).layers().orElseThrow());
      }
    }
    if (!any) {
      html.leaf("p", "The layers are not known: no run has a layers.json.", "class", "note");
    }
  }

  private void layers(int run, Layers network) {
    html.open("details").open("summary");
    Marker.swatch(html, run);
    html.text(
        "%s: %d layers, %s parameters, %s multiply-accumulates for a sample"
            .formatted(
                labels.get(run),
                network.layers().size(),
                Numbers.count(network.totals().parameters()),
                Numbers.count(network.totals().macs())));
    html.close();
    html.openBareTable("", "Layers of " + labels.get(run));
    html.open("thead").open("tr");
    for (String head : List.of("Layer", "What", "Output", "Parameters", "MACs")) {
      html.leaf("th", head, "scope", "col", "class", head.equals("What") ? "word" : "");
    }
    html.close().close().open("tbody");
    for (Layers.Row row : network.layers()) {
      html.open("tr").leaf("th", row.path(), "scope", "row", "class", "code");
      html.open("td", "class", "word").text(row.op());
      row.notes().forEach(note -> html.leaf("small", note));
      html.close();
      html.leaf("td", row.output());
      html.leaf("td", row.parameters() == 0 ? "" : Numbers.whole(row.parameters()));
      html.leaf("td", row.macs() == 0 ? "" : Numbers.count(row.macs()));
      html.close();
    }
    html.close().closeTable().close();
  }

  void config() {
    if (runs.size() > 1) {
      differences();
    }
    for (int run = 0; run < runs.size(); run++) {
      html.open("details").open("summary");
      Marker.swatch(html, run);
      html.text(labels.get(run) + ": config.yaml").close();
      html.leaf("pre", runs.get(run).config()).close();
    }
  }

  private void differences() {
    Set<String> keys = new LinkedHashSet<>();
    runs.forEach(run -> keys.addAll(run.settings().keySet()));
    keys.removeIf(
        key ->
            runs.stream()
                .allMatch(
                    r ->
                        r.settings().containsKey(key)
                            && r.setting(key).equals(runs.getFirst().setting(key))));
    if (keys.isEmpty()) {
      html.leaf("p", "The runs have the same config.", "class", "note");
      return;
    }
    html.openTable("", "Keys in which the runs differ.");
    html.open("thead").open("tr").leaf("th", "Key", "scope", "col");
    labels.forEach(label -> html.leaf("th", label, "scope", "col", "class", "word"));
    html.close().close().open("tbody");
    for (String key : keys) {
      html.open("tr").leaf("th", key, "scope", "row", "class", "code");
      for (Run run : runs) {
        html.leaf("td", run.settings().getOrDefault(key, Numbers.NONE), "class", "word code");
      }
      html.close();
    }
    html.close().closeTable();
  }

  void environment() {
    Map<String, String> rows = new LinkedHashMap<>();
    rows.put("Folder", "");
    rows.put("bandlimit", "Bandlimit");
    rows.put("started", "Started");
    rows.put("device", "Device");
    rows.put("deviceReason", "Chosen because");
    rows.put("cpu", "Processor");
    rows.put("cores", "Cores");
    rows.put("memoryBytes", "Memory");
    rows.put("java", "Java");
    rows.put("os", "System");
    rows.put("git", "Commit");
    rows.put("command", "Command");
    html.openBareTable("", "Where the runs were made");
    html.open("thead").open("tr").leaf("td", "");
    labels.forEach(label -> html.leaf("th", label, "scope", "col", "class", "word"));
    html.close().close().open("tbody");
    html.open("tr").leaf("th", "Folder", "scope", "row");
    runs.forEach(run -> html.leaf("td", run.name(), "class", "word code"));
    html.close();
    rows.remove("Folder");
    rows.forEach(
        (key, name) -> {
          List<String> cells =
              runs.stream().map(r -> cell(key, r.environment().path(key))).toList();
          if (cells.stream().anyMatch(c -> !c.isEmpty())) {
            html.open("tr").leaf("th", name, "scope", "row");
            cells.forEach(cell -> html.leaf("td", cell, "class", "word"));
            html.close();
          }
        });
    html.close().closeTable();
  }

  private static String cell(String key, JsonNode value) {
    if (key.equals("memoryBytes") && value.isNumber()) {
      return Numbers.fixed(value.asDouble() / (1 << 30), 1) + " GiB";
    }
    if (value.isArray()) {
      return value.valueStream().map(JsonNode::asString).collect(Collectors.joining(" "));
    }
    return value.isMissingNode() || value.isNull() ? "" : value.asString();
  }

  void protocols() {
    Map<String, String> definitions = new LinkedHashMap<>();
    for (Run run : runs) {
      run.shift()
          .ifPresent(
              s -> protocols(s).forEach(p -> definitions.putIfAbsent(p.label(), p.definition())));
    }
    html.open("dl");
    for (Run run : runs) {
      if (run.shift().isPresent()) {
        var s = run.shift().orElseThrow();
        html.leaf("dt", "Samples").leaf("dd", samples(s));
        break;
      }
    }
    definitions.forEach((label, text) -> html.leaf("dt", label).leaf("dd", text));
    TERMS.forEach((term, text) -> html.leaf("dt", term).leaf("dd", text));
    html.close();
  }

  private static String samples(ShiftReport s) {
    return ("%s samples of %s with %d classes%s; shifts drawn from seed %d; digest of samples and"
            + " labels %s.")
        .formatted(
            Numbers.whole(s.samples()),
            s.dataset(),
            s.classes(),
            s.limit() == 0 ? "" : ", drawn from the data set, the same for every run",
            s.seed(),
            s.digest());
  }

  private static List<ShiftReport.Protocol> protocols(ShiftReport s) {
    var all = new ArrayList<ShiftReport.Protocol>();
    s.consistency().forEach(c -> all.add(c.protocol()));
    s.strata().forEach(x -> all.add(x.protocol()));
    s.distances().forEach(x -> all.add(x.protocol()));
    s.sweeps().forEach(x -> all.add(x.protocol()));
    s.fractional().forEach(x -> all.add(x.protocol()));
    s.worst().forEach(x -> all.add(x.protocol()));
    return all;
  }

  private static final Map<String, String> TERMS = terms();

  private static Map<String, String> terms() {
    Map<String, String> terms = new LinkedHashMap<>();
    terms.put(
        "Top-1",
        "Samples whose most probable class is the true one. Worst: those that are right under every"
            + " shift tried; mean: over all shifts.");
    terms.put(
        "Interval",
        "Wilson's score interval of a proportion, 95\u202f%. It covers the choice of samples, not"
            + " the chance in training: another seed of the same run may differ by more.");
    terms.put(
        "p",
        "Exact two-sided McNemar test: how likely a split at least as uneven as that of the samples"
            + " that only one of two runs gets right (or consistent) would be if both were equally"
            + " good. Not corrected for the number of comparisons.");
    return java.util.Collections.unmodifiableMap(terms);
  }
}
