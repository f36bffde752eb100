package bandlimit.config;

import bandlimit.error.ConfigException;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.stream.Collectors;

/// Everything wrong with a config, collected so that all of it is reported at once.
final class Mistakes {
  /// One line of the report.
  record Mistake(At at, String message) {
    @Override
    public String toString() {
      return at + ": " + message;
    }
  }

  private final Set<Mistake> all = new LinkedHashSet<>();

  void add(At at, String path, String rule) {
    add(at, path.isEmpty() ? rule : path + ": " + rule);
  }

  void add(At at, String message) {
    all.add(new Mistake(at, message));
  }

  Set<Mistake> all() {
    return all;
  }

  boolean isEmpty() {
    return all.isEmpty();
  }

  void throwIfAny() {
    if (!all.isEmpty()) {
      throw exception(all);
    }
  }

  /// One line a mistake, in the order of the file.
  static ConfigException exception(Collection<Mistake> mistakes) {
    return new ConfigException(
        mistakes.stream()
            .sorted((a, b) -> a.at.compareTo(b.at))
            .map(Mistake::toString)
            .collect(Collectors.joining("\n")));
  }
}
