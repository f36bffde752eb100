package bandlimit.store;

import bandlimit.error.BandlimitException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.MapperFeature;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// JSON by Jackson, with one setting for all: strict when reading (duplicate keys, unknown or
/// missing record components and trailing text are errors), the same bytes every time when writing.
///
/// Records keep the order of their components and [ObjectNode]s theirs; maps are sorted by key. NaN
/// and the infinities, which JSON lacks, become the strings "NaN", "Infinity", "-Infinity".
public final class Json {
  private static final JsonMapper MAPPER =
      JsonMapper.builder(
              JsonFactory.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build())
          .disable(MapperFeature.SORT_PROPERTIES_ALPHABETICALLY)
          .enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .build();

  private Json() {}

  /// The exception that a bad file means to the caller, e.g. `CheckpointException::new`.
  @FunctionalInterface
  public interface Problem {
    BandlimitException of(String message, Throwable cause);
  }

  public static JsonNode read(Path file, Problem problem) {
    return parse(bytes(file, problem), file.toString(), problem);
  }

  public static <T> T read(Path file, Class<T> type, Problem problem) {
    byte[] bytes = bytes(file, problem);
    try {
      return MAPPER.readValue(bytes, type);
    } catch (JacksonException e) {
      throw malformed(file.toString(), e, problem);
    }
  }

  /// The same where components named `later` came into `type` after files were written: what lacks
  /// one has null there.
  public static <T> T read(Path file, Class<T> type, List<String> later, Problem problem) {
    var node = read(file, problem);
    if (node instanceof ObjectNode object) {
      later.stream().filter(name -> !object.has(name)).forEach(object::putNull);
    }
    try {
      return MAPPER.treeToValue(node, type);
    } catch (JacksonException e) {
      throw malformed(file.toString(), e, problem);
    }
  }

  /// Parses UTF-8 text; `where` begins the message.
  public static JsonNode parse(byte[] text, String where, Problem problem) {
    try {
      JsonNode node = MAPPER.readTree(text);
      if (node.isMissingNode()) {
        throw problem.of(where + ": is empty, expected JSON", new IOException("empty"));
      }
      return node;
    } catch (JacksonException e) {
      throw malformed(where, e, problem);
    }
  }

  /// One line, without spaces.
  public static String line(Object value) {
    return MAPPER.writeValueAsString(value);
  }

  /// Indented, with a newline at the end.
  public static String pretty(Object value) {
    return MAPPER.writerWithDefaultPrettyPrinter().writeValueAsString(value) + "\n";
  }

  /// Writes `value` indented, replacing the file atomically.
  public static void write(Path file, Object value) {
    AtomicFiles.write(file, pretty(value));
  }

  public static ObjectNode object() {
    return MAPPER.createObjectNode();
  }

  /// An object with the entries of `fields` in their order, which a plain map would lose.
  public static ObjectNode object(SequencedMap<String, ?> fields) {
    ObjectNode node = object();
    for (Map.Entry<String, ?> field : fields.entrySet()) {
      node.set(field.getKey(), MAPPER.valueToTree(field.getValue()));
    }
    return node;
  }

  private static byte[] bytes(Path file, Problem problem) {
    try {
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw problem.of(file + ": cannot be read: " + AtomicFiles.reason(e), e);
    }
  }

  private static BandlimitException malformed(String where, JacksonException e, Problem problem) {
    var at = e.getLocation();
    String position =
        at == null || at.getLineNr() < 1 ? "" : ":" + at.getLineNr() + ":" + at.getColumnNr();
    return problem.of(where + position + ": " + firstLine(e.getOriginalMessage()), e);
  }

  private static String firstLine(String message) {
    return message.lines().findFirst().orElse("is no JSON");
  }
}
