package bandlimit.train;

import bandlimit.model.Explanation;
import java.util.List;

/// `layers.json`: what `explain` says of the network, for the report.
record LayerTable(List<Row> layers, Totals totals) {
  record Row(
      String path, String op, String output, long parameters, long macs, List<String> notes) {}

  record Totals(long parameters, long macs) {}

  static LayerTable of(Explanation explanation) {
    return new LayerTable(
        explanation.rows().stream()
            .map(
                r ->
                    new Row(
                        r.path(),
                        r.op(),
                        r.output().toString(),
                        r.parameters(),
                        r.macs(),
                        r.notes()))
            .toList(),
        new Totals(explanation.parameters(), explanation.macs()));
  }
}
