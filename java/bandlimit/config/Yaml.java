package bandlimit.config;

import java.util.List;
import java.util.Optional;

/// YAML as a tree in which everything knows where it was written.
sealed interface Yaml {
  At at();

  /// What it is, for messages: `a list`, `the number 3`.
  String describe();

  /// A leaf; `text` is as written, without quotes.
  record Scalar(At at, String text, Type type) implements Yaml {
    @Override
    public String describe() {
      return switch (type) {
        case NULL -> "nothing";
        case BOOL -> text;
        case INT, FLOAT -> "the number " + text;
        case STR -> "the text \"" + text + "\"";
      };
    }
  }

  /// What YAML 1.2's core schema takes a scalar for.
  enum Type {
    NULL,
    BOOL,
    INT,
    FLOAT,
    STR
  }

  record Items(At at, List<Yaml> items) implements Yaml {
    public Items {
      items = List.copyOf(items);
    }

    @Override
    public String describe() {
      return "a list";
    }
  }

  record Mapping(At at, List<Entry> entries) implements Yaml {
    public Mapping {
      entries = List.copyOf(entries);
    }

    Optional<Entry> entry(String key) {
      return entries.stream().filter(e -> e.key.equals(key)).findFirst();
    }

    @Override
    public String describe() {
      return "a group of keys";
    }
  }

  /// One `key: value`. A later layer has overridden an earlier one: 0 is the file, then come its
  /// variant and `--set`.
  record Entry(String key, At keyAt, Yaml value, int layer) {}

  default boolean isNull() {
    return this instanceof Scalar s && s.type == Type.NULL;
  }
}
