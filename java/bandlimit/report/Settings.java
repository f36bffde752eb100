package bandlimit.report;

import bandlimit.error.DataException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/// A config as dotted keys with their values as text, to lay runs side by side.
///
/// It is read as plain YAML, not bound to the records of today: a report must also show runs of
/// another version.
final class Settings {
  private Settings() {}

  static SequencedMap<String, String> of(String yaml, Path file) {
    var flat = new LinkedHashMap<String, String>();
    try {
      add("", new Load(LoadSettings.builder().build()).loadFromString(yaml), flat);
    } catch (YamlEngineException e) {
      throw new DataException(
          file + ": is no YAML: " + String.valueOf(e.getMessage()).lines().findFirst().orElse(""),
          e);
    }
    return flat;
  }

  private static void add(
      String key, @org.jspecify.annotations.Nullable Object value, Map<String, String> flat) {
    switch (value) {
      case Map<?, ?> map when !map.isEmpty() ->
          map.forEach((k, v) -> add(key.isEmpty() ? "" + k : key + "." + k, v, flat));
      case List<?> list when list.stream().anyMatch(Map.class::isInstance) -> {
        for (int i = 0; i < list.size(); i++) {
          add(key + "[" + i + "]", list.get(i), flat);
        }
      }
      case null -> flat.put(key, "null");
      default -> flat.put(key, value.toString());
    }
  }
}
