package bandlimit.store;

import bandlimit.error.BandlimitException;
import bandlimit.error.DataException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import tools.jackson.databind.JsonNode;

/// A log of JSON objects, one a line, each on its way to the disk when [#append] returns.
public final class JsonLines implements AutoCloseable {
  private final LineFile file;

  private JsonLines(LineFile file) {
    this.file = file;
  }

  /// What a file holds; `half` is the piece of a record that a kill left at the end.
  public record Content(List<JsonNode> records, Optional<String> half) {
    public Content {
      records = List.copyOf(records);
    }
  }

  /// Opens for append, also a file that exists; half a record at its end is cut off.
  public static JsonLines open(Path file) {
    return new JsonLines(LineFile.open(file, JsonLines::isWhole));
  }

  public void append(SequencedMap<String, ?> fields) {
    file.append(Json.line(Json.object(fields)));
  }

  /// A record or an object node.
  public void append(Object value) {
    file.append(Json.line(value));
  }

  public static Content read(Path file) {
    LineFile.Content content;
    try {
      content = LineFile.read(file, JsonLines::isWhole);
    } catch (IOException e) {
      throw new DataException(file + ": cannot be read: " + AtomicFiles.reason(e), e);
    }
    var records = new ArrayList<JsonNode>();
    for (int i = 0; i < content.lines().size(); i++) {
      String line = content.lines().get(i);
      if (!line.isBlank()) {
        records.add(parse(line, file + ", line " + (i + 1)));
      }
    }
    return new Content(records, content.half());
  }

  private static JsonNode parse(String line, String where) {
    JsonNode node = Json.parse(line.getBytes(StandardCharsets.UTF_8), where, DataException::new);
    if (!node.isObject()) {
      throw new DataException(where + ": is no JSON object: " + line);
    }
    return node;
  }

  private static boolean isWhole(String line) {
    try {
      parse(line, "");
      return true;
    } catch (BandlimitException e) {
      return false; // that it does not parse is the answer
    }
  }

  @Override
  public void close() {
    file.close();
  }
}
