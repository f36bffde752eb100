package bandlimit.report;

import bandlimit.error.DataException;
import bandlimit.eval.PairedComparison;
import java.util.ArrayList;
import java.util.List;

/// Every run against the first, sample by sample.
final class PairedTable {
  private final Html html;
  private final List<Run> runs;
  private final List<String> labels;

  PairedTable(Html html, List<Run> runs, List<String> labels) {
    this.html = html;
    this.runs = runs;
    this.labels = labels;
  }

  void write() {
    for (int run = 1; run < runs.size(); run++) {
      if (runs.get(0).shift().isEmpty() || runs.get(run).shift().isEmpty()) {
        continue;
      }
      try {
        table(
            run,
            PairedComparison.of(
                runs.get(0).shift().orElseThrow(), runs.get(run).shift().orElseThrow()));
      } catch (DataException e) {
        html.leaf(
            "p",
            "%s and %s are not compared: %s."
                .formatted(labels.get(run), labels.getFirst(), e.getMessage()),
            "class",
            "note");
      }
    }
  }

  private void table(int run, PairedComparison comparison) {
    String first = labels.getFirst();
    String other = labels.get(run);
    html.openTable(
        "",
        "%s against %s on the same %d samples and shifts; exact McNemar tests."
            .formatted(other, first, comparison.rows().getFirst().samples()));
    html.open("thead").open("tr");
    html.leaf("th", "Quantity", "scope", "col");
    html.leaf("th", "Protocol", "scope", "col", "class", "word");
    for (String head : List.of(first, other, "Difference", "Only " + first, "Only " + other, "p")) {
      html.leaf("th", head, "scope", "col");
    }
    html.close().close().open("tbody");
    for (PairedComparison.Row row : comparison.rows()) {
      html.open("tr");
      html.leaf("th", name(row.metric()), "scope", "row");
      html.leaf("td", row.protocol(), "class", "word");
      html.leaf("td", Numbers.percent(row.first()));
      html.leaf("td", Numbers.percent(row.second()));
      html.leaf("td", Numbers.signed(row.difference(), 1));
      html.leaf("td", Numbers.whole(row.onlyFirst()));
      html.leaf("td", Numbers.whole(row.onlySecond()));
      html.leaf("td", Numbers.probability(row.pValue()));
      html.close();
    }
    html.close().closeTable();
  }

  private static String name(String metric) {
    return switch (metric) {
      case "eval/top1" -> "Top-1";
      case "shift/consistency" -> "Consistency";
      case "shift/top1_worst" -> "Top-1, worst shift";
      default -> metric;
    };
  }

  /// What the comparison says, a sentence a run: the first consistency protocol, and accuracy.
  static List<String> sentences(List<Run> runs, List<String> labels) {
    var sentences = new ArrayList<String>();
    for (int run = 1; run < runs.size(); run++) {
      var first = runs.get(0).shift();
      var other = runs.get(run).shift();
      if (first.isEmpty() || other.isEmpty()) {
        continue;
      }
      try {
        var rows = PairedComparison.of(first.get(), other.get()).rows();
        var parts = new ArrayList<String>();
        for (PairedComparison.Row row : rows) {
          boolean told = parts.stream().anyMatch(p -> p.startsWith(name(row.metric())));
          if (!told && !row.metric().equals("shift/top1_worst")) {
            parts.add(part(row));
          }
        }
        sentences.add(
            "%s against %s: %s."
                .formatted(
                    labels.get(run), labels.getFirst(), String.join("; ", parts.reversed())));
      } catch (DataException e) {
        sentences.add(
            "%s cannot be compared with %s.".formatted(labels.get(run), labels.getFirst()));
      }
    }
    return sentences;
  }

  private static String part(PairedComparison.Row row) {
    String p = Numbers.probability(row.pValue());
    return "%s %s against %s (%s, p\u202f%s%s)"
        .formatted(
            name(row.metric()),
            Numbers.percent(row.second()),
            Numbers.percent(row.first()),
            row.protocol(),
            p.startsWith("<") ? p : "=\u202f" + p,
            row.pValue() > 0.05 ? ", may be chance" : "");
  }
}
