package bandlimit.cli;

import bandlimit.model.Explanation;
import bandlimit.model.Explanation.Row;
import java.util.Locale;

/// An [Explanation] as a text table: a line a layer, its notes below it, totals last.
final class ModelTable {
  private ModelTable() {}

  static String print(Explanation explanation) {
    int path = width(explanation, Row::path);
    int output = width(explanation, row -> row.output().toString());
    String format = "%-" + path + "s  %-" + output + "s  %11s  %9s  %9s  %s%n";
    var text = new StringBuilder();
    text.append(format.formatted("layer", "output", "parameters", "MACs", "memory", "what"));
    for (Row row : explanation.rows()) {
      text.append(
          format.formatted(
              row.path(),
              row.output(),
              row.parameters() == 0 ? "" : count(row.parameters()),
              row.macs() == 0 ? "" : metric(row.macs()),
              bytes(row.bytes()),
              row.op()));
      row.notes()
          .forEach(
              note ->
                  text.append(" ".repeat(path))
                      .append("  > ")
                      .append(note)
                      .append(System.lineSeparator()));
    }
    text.append(
        "total: %s parameters, %s multiply-accumulates and %s of results for one sample%n"
            .formatted(
                count(explanation.parameters()),
                metric(explanation.macs()),
                bytes(explanation.bytes())));
    return text.toString();
  }

  private static int width(
      Explanation explanation, java.util.function.Function<Row, String> column) {
    return explanation.rows().stream().map(column).mapToInt(String::length).max().orElse(0);
  }

  /// 1,234,567.
  static String count(long value) {
    return String.format(Locale.ROOT, "%,d", value);
  }

  /// 1.23 G.
  static String metric(long value) {
    return scaled(value, 1000, "", "k", "M", "G", "T", "P");
  }

  /// 1.23 MiB.
  static String bytes(long value) {
    return scaled(value, 1024, "B", "KiB", "MiB", "GiB", "TiB", "PiB");
  }

  private static String scaled(long value, int step, String... units) {
    double rest = value;
    int unit = 0;
    while (rest >= step && unit < units.length - 1) {
      rest /= step;
      unit++;
    }
    String number =
        unit == 0 || rest >= 100
            ? String.format(Locale.ROOT, "%.0f", rest)
            : String.format(Locale.ROOT, rest >= 10 ? "%.1f" : "%.2f", rest);
    return (number + " " + units[unit]).strip();
  }
}
