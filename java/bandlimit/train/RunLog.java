package bandlimit.train;

import bandlimit.store.Csv;
import bandlimit.store.JsonLines;
import bandlimit.store.LineFile;
import bandlimit.store.TensorBoardEvents;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.function.Consumer;
import tools.jackson.databind.JsonNode;

/// Everything a run writes about itself: text for people (`train.log`, and the console), one JSON
/// object a record (`events.jsonl`), one row an epoch (`summary.csv`), and TensorBoard's events.
final class RunLog implements AutoCloseable {
  private static final DateTimeFormatter CLOCK = DateTimeFormatter.ofPattern("HH:mm:ss");

  private final String device;
  private final Consumer<String> console;
  private final LineFile text;
  private final JsonLines events;
  private final Csv summary;
  private final TensorBoardEvents board;

  private RunLog(
      String device,
      Consumer<String> console,
      LineFile text,
      JsonLines events,
      Csv summary,
      TensorBoardEvents board) {
    this.device = device;
    this.console = console;
    this.text = text;
    this.events = events;
    this.summary = summary;
    this.board = board;
  }

  /// Opens the logs of `folder` to go on after update `update` and `epochs` finished epochs; what
  /// was recorded beyond that is dropped, since it will be recorded again.
  static RunLog open(
      RunFolder folder,
      List<String> columns,
      long update,
      int epochs,
      String device,
      Consumer<String> console) {
    rewind(folder.file("events.jsonl"), folder.file("summary.csv"), update, epochs);
    return new RunLog(
        device,
        console,
        LineFile.open(folder.file("train.log"), _ -> true),
        JsonLines.open(folder.file("events.jsonl")),
        Csv.open(folder.file("summary.csv"), columns),
        TensorBoardEvents.open(folder.file("tb"), update));
  }

  private static void rewind(Path events, Path summary, long update, int epochs) {
    if (Files.exists(events)) {
      var kept = new ArrayList<String>();
      for (JsonNode record : JsonLines.read(events).records()) {
        if (record.path("step").asLong(0) <= update) {
          kept.add(record.toString() + "\n");
        }
      }
      bandlimit.store.AtomicFiles.write(events, String.join("", kept));
    }
    if (Files.exists(summary)) {
      var table = Csv.read(summary);
      var rows =
          table.rows().stream()
              .filter(row -> Integer.parseInt(row.getOrDefault("epoch", "0")) <= epochs)
              .toList();
      Csv.write(summary, new Csv.Table(table.columns(), rows, java.util.Optional.empty()));
    }
  }

  /// A line with the time, to the log and the console.
  void line(String message) {
    console.accept(quiet(message));
  }

  /// A line to the log alone: the console hears of it otherwise. Returns it with its time.
  String quiet(String message) {
    var stamped = CLOCK.format(LocalDateTime.now(java.time.ZoneId.systemDefault())) + " " + message;
    text.append(stamped);
    return stamped;
  }

  /// A record of `events.jsonl`; its numbers also go to TensorBoard.
  void event(String name, int epoch, long step, SequencedMap<String, ?> fields) {
    var record = new LinkedHashMap<String, Object>();
    record.put("t", Instant.now().truncatedTo(ChronoUnit.MILLIS).toString());
    record.put("event", name);
    record.put("epoch", epoch);
    record.put("step", step);
    record.putAll(fields);
    record.put("device", device);
    record.put("rank", 0);
    events.append(record);
    var numbers = new LinkedHashMap<String, Number>();
    fields.forEach(
        (key, value) -> {
          if (value instanceof Number number) {
            numbers.put(key, number);
          }
        });
    if (!numbers.isEmpty()) {
      board.scalars(step, numbers);
    }
  }

  void row(Map<String, ?> cells) {
    summary.append(cells);
  }

  @Override
  public void close() {
    text.close();
    events.close();
    summary.close();
    board.close();
  }
}
