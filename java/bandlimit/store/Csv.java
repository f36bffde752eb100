package bandlimit.store;

import bandlimit.error.DataException;
import bandlimit.error.OutputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.stream.Collectors;

/// A comma-separated table that grows by rows under one header (RFC 4180 quoting, `\n` line ends,
/// one line a row).
public final class Csv implements AutoCloseable {
  private final List<String> columns;
  private final LineFile file;

  private Csv(List<String> columns, LineFile file) {
    this.columns = columns;
    this.file = file;
  }

  /// The rows of a file as text, keyed by column; `half` is the row that a kill cut short.
  public record Table(
      List<String> columns, List<SequencedMap<String, String>> rows, Optional<String> half) {
    public Table {
      columns = List.copyOf(columns);
      rows = List.copyOf(rows);
    }
  }

  /// Opens for append: a new file gets the header, an old one must have it already.
  public static Csv open(Path file, List<String> columns) {
    String header = row(columns);
    boolean fresh = !Files.exists(file);
    if (!fresh) {
      List<String> lines = lines(file).lines();
      if (!lines.isEmpty() && !lines.getFirst().equals(header)) {
        throw new OutputException(
            "%s: has the columns %s, but this run writes %s; give it another run folder"
                .formatted(file, lines.getFirst(), header));
      }
      fresh = lines.isEmpty();
    }
    var csv = new Csv(List.copyOf(columns), LineFile.open(file, _ -> false));
    if (fresh) {
      csv.file.append(header);
    }
    return csv;
  }

  /// Appends a row; a column without a cell stays empty.
  public void append(Map<String, ?> cells) {
    if (!columns.containsAll(cells.keySet())) {
      throw new IllegalArgumentException("cells " + cells.keySet() + " for columns " + columns);
    }
    file.append(
        row(columns.stream().map(c -> cells.containsKey(c) ? "" + cells.get(c) : "").toList()));
  }

  public static Table read(Path file) {
    LineFile.Content content = lines(file);
    if (content.lines().isEmpty()) {
      throw new DataException(file + ": has no header line");
    }
    List<String> columns = cells(content.lines().getFirst(), file, 1);
    var rows = new ArrayList<SequencedMap<String, String>>();
    for (int i = 1; i < content.lines().size(); i++) {
      List<String> cells = cells(content.lines().get(i), file, i + 1);
      if (cells.size() != columns.size()) {
        throw new DataException(
            "%s, line %d: has %d cells, the header has %d"
                .formatted(file, i + 1, cells.size(), columns.size()));
      }
      var row = new LinkedHashMap<String, String>();
      for (int c = 0; c < columns.size(); c++) {
        row.put(columns.get(c), cells.get(c));
      }
      rows.add(row);
    }
    return new Table(columns, rows, content.half());
  }

  /// Replaces the file by `table`, atomically; how a resumed run drops the rows after its
  /// checkpoint.
  public static void write(Path file, Table table) {
    var text = new StringBuilder(row(table.columns())).append('\n');
    for (SequencedMap<String, String> cells : table.rows()) {
      List<String> inOrder = table.columns().stream().map(c -> cells.getOrDefault(c, "")).toList();
      text.append(row(inOrder)).append('\n');
    }
    AtomicFiles.write(file, text.toString());
  }

  private static LineFile.Content lines(Path file) {
    try {
      return LineFile.read(file, _ -> false); // 0.1 may be the half of 0.125: no newline, no row
    } catch (IOException e) {
      throw new DataException(file + ": cannot be read: " + AtomicFiles.reason(e), e);
    }
  }

  private static String row(List<String> cells) {
    return cells.stream().map(Csv::quoted).collect(Collectors.joining(","));
  }

  private static String quoted(String cell) {
    boolean plain = cell.indexOf(',') < 0 && cell.indexOf('"') < 0;
    return plain ? cell : '"' + cell.replace("\"", "\"\"") + '"';
  }

  private static List<String> cells(String line, Path file, int number) {
    var cells = new ArrayList<String>();
    var cell = new StringBuilder();
    boolean quoted = false;
    for (int i = 0; i < line.length(); i++) {
      char ch = line.charAt(i);
      if (quoted && ch == '"' && i + 1 < line.length() && line.charAt(i + 1) == '"') {
        cell.append(ch);
        i++;
      } else if (ch == '"') {
        quoted = !quoted;
      } else if (ch == ',' && !quoted) {
        cells.add(cell.toString());
        cell.setLength(0);
      } else {
        cell.append(ch);
      }
    }
    if (quoted) {
      throw new DataException("%s, line %d: a quote is not closed".formatted(file, number));
    }
    cells.add(cell.toString());
    return cells;
  }

  @Override
  public void close() {
    file.close();
  }
}
