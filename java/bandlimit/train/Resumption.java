package bandlimit.train;

import bandlimit.config.TrainConfig;
import bandlimit.error.ConfigException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// What a run may change of its config when it is continued: where and how it runs, not what it
/// computes. Anything else would make a run that no config describes.
final class Resumption {
  private static final List<String> FREE =
      List.of("experiment", "output_dir", "device", "log_interval", "resume", "init_from");
  private static final List<String> FREE_BELOW =
      List.of(
          "cuda.conv",
          "cuda.graphs",
          "data.root",
          "data.workers",
          "checkpoint.keep",
          "checkpoint.interval_steps");

  private Resumption() {}

  /// @throws ConfigException with every key that differs and is not free to
  static void check(String where, TrainConfig recorded, TrainConfig given) {
    Map<String, String> before = keys(recorded.toYaml());
    Map<String, String> now = keys(given.toYaml());
    Set<String> all = new java.util.LinkedHashSet<>(before.keySet());
    all.addAll(now.keySet());
    var changed = new ArrayList<String>();
    for (String key : all) {
      boolean free = FREE.contains(key) || FREE_BELOW.contains(key) || key.startsWith("shift.");
      String old = Optional.ofNullable(before.get(key)).orElse("nothing");
      String next = Optional.ofNullable(now.get(key)).orElse("nothing");
      if (!free && !old.equals(next)) {
        changed.add("%s (%s there, %s here)".formatted(key, old, next));
      }
    }
    if (!changed.isEmpty()) {
      throw new ConfigException(
          "%s: a run is continued with its own config, but these keys differ: %s; leave them as they"
                  .formatted(where, String.join(", ", changed))
              + " are, or start another run with init_from");
    }
  }

  /// The canonical YAML as dotted keys: two spaces a level, a value or nothing behind the colon.
  private static Map<String, String> keys(String yaml) {
    var keys = new LinkedHashMap<String, String>();
    var path = new ArrayList<String>();
    for (String line : yaml.lines().toList()) {
      var text = line.stripLeading();
      int depth = (line.length() - text.length()) / 2;
      int colon = text.indexOf(':');
      path.subList(depth, path.size()).clear();
      path.add(text.substring(0, colon));
      var value = text.substring(colon + 1).strip();
      if (!value.isEmpty()) {
        keys.put(String.join(".", path), value);
      }
    }
    return keys;
  }
}
