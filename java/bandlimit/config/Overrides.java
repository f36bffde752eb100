package bandlimit.config;

import bandlimit.config.Yaml.Entry;
import bandlimit.config.Yaml.Mapping;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Changes to a tree before it is bound: `--set key=value`, and the `set` of a variant.
///
/// A key may be dotted; a group merges into the group that is there, anything else replaces it, and
/// `null` deletes a key, which brings its default back.
final class Overrides {
  /// Layers of [Entry]: who wrote a key.
  static final int VARIANT = 1;

  static final int COMMAND_LINE = 2;

  private Overrides() {}

  /// `optimizer.lr=0.1` as a tree of one branch; empty, with a mistake, where it is malformed.
  static Optional<Mapping> parse(String assignment, Mistakes mistakes) {
    String source = "--set " + assignment;
    At at = new At(source, 0, 0, Path.of(""));
    int equals = assignment.indexOf('=');
    String key = assignment.substring(0, Math.max(equals, 0)).strip();
    if (List.of(key.split("\\.", -1)).contains("")) {
      mistakes.add(at, "expected key=value, like optimizer.lr=0.1");
      return Optional.empty();
    }
    return YamlReader.value(
            assignment.substring(equals + 1), source, at.base(), COMMAND_LINE, mistakes)
        .map(value -> new Mapping(at, List.of(new Entry(key, at, value, COMMAND_LINE))));
  }

  /// `base` with everything of `changes` laid over it.
  static Mapping apply(Mapping base, Mapping changes, int layer) {
    Mapping result = base;
    for (Entry change : changes.entries()) {
      List<String> path = List.of(change.key().split("\\.", -1));
      result = put(result, path, change.keyAt(), change.value(), layer);
    }
    return result;
  }

  private static Mapping put(Mapping into, List<String> path, At at, Yaml value, int layer) {
    String name = path.getFirst();
    List<Entry> entries = new ArrayList<>(into.entries());
    int old = 0;
    while (old < entries.size() && !entries.get(old).key().equals(name)) {
      old++;
    }
    Optional<Yaml> there =
        old < entries.size() ? Optional.of(entries.get(old).value()) : Optional.empty();
    Mapping group =
        there.orElse(value) instanceof Mapping m && there.isPresent()
            ? m
            : new Mapping(at, List.of());
    Yaml made;
    if (path.size() > 1) {
      made = put(group, path.subList(1, path.size()), at, value, layer);
    } else if (value instanceof Mapping changes) {
      made = apply(group, changes, layer);
    } else {
      made = value;
    }
    if (made.isNull()) {
      if (old < entries.size()) {
        entries.remove(old);
      }
    } else if (old < entries.size()) {
      // A merged group stays where the file has it; a replaced value is where it was written.
      At keyAt = made instanceof Mapping ? entries.get(old).keyAt() : at;
      entries.set(old, new Entry(name, keyAt, made, layer));
    } else {
      entries.add(new Entry(name, at, made, layer));
    }
    return new Mapping(into.at(), entries);
  }
}
