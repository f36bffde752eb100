package bandlimit.report;

import bandlimit.eval.Rate;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.DoubleFunction;
import java.util.function.Function;

/// A table with a row a quantity and a column a run.
final class RunRows {
  private final Html html;
  private final List<Run> runs;
  private final List<String> labels;

  /// A value, and below it in small what qualifies it.
  record Cell(String value, String note) {
    static final Cell NONE = new Cell(Numbers.NONE, "");

    static Cell of(OptionalDouble value, DoubleFunction<String> text) {
      return value.isPresent() ? new Cell(text.apply(value.getAsDouble()), "") : NONE;
    }

    static Cell of(Optional<Rate> rate) {
      return rate.map(r -> new Cell(Numbers.percent(r.percent()), Numbers.interval(r)))
          .orElse(NONE);
    }
  }

  RunRows(Html html, List<Run> runs, List<String> labels) {
    this.html = html;
    this.runs = runs;
    this.labels = labels;
  }

  void open(String caption) {
    html.openTable("runs", caption);
    html.open("thead").open("tr").leaf("td", "");
    for (int run = 0; run < runs.size(); run++) {
      html.open("th", "scope", "col");
      Marker.swatch(html, run);
      html.text(labels.get(run)).close();
    }
    html.close().close().open("tbody");
  }

  void close() {
    html.close().closeTable();
  }

  /// A row that no run has anything to say about is left out.
  void row(String name, Function<Run, Cell> cell) {
    var cells = new ArrayList<Cell>();
    for (Run run : runs) {
      cells.add(cell.apply(run));
    }
    if (cells.stream().allMatch(c -> c.equals(Cell.NONE))) {
      return;
    }
    html.open("tr").leaf("th", name, "scope", "row");
    for (Cell c : cells) {
      html.open("td").text(c.value);
      if (!c.note.isEmpty()) {
        html.leaf("small", c.note);
      }
      html.close();
    }
    html.close();
  }
}
