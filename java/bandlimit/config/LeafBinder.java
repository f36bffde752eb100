package bandlimit.config;

import bandlimit.config.Yaml.Scalar;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Scalars as numbers, words, texts and paths: type, range and allowed names. No coercion: `"0.1"`
/// is no number and `yes` no boolean.
final class LeafBinder {
  private final Map<Key.Names, List<String>> known;
  private final Mistakes mistakes;

  LeafBinder(Map<Key.Names, List<String>> known, Mistakes mistakes) {
    this.known = known;
    this.mistakes = mistakes;
  }

  /// A scalar as a value of `type`, in the range of its key.
  Optional<?> bind(Class<?> type, Key key, Scalar scalar, String path) {
    if (type == boolean.class || type == Boolean.class) {
      return scalar.type() == Yaml.Type.BOOL
          ? Optional.of(scalar.text().equalsIgnoreCase("true"))
          : mismatch(type, scalar, path);
    } else if (type == double.class || type == Double.class) {
      return number(type, key, scalar, path);
    } else if (type == int.class || type == Integer.class) {
      return whole(type, key, scalar, Integer.MAX_VALUE, path).map(Math::toIntExact);
    } else if (type == long.class || type == Long.class) {
      return whole(type, key, scalar, Long.MAX_VALUE, path);
    } else if (scalar.type() != Yaml.Type.STR) {
      return mismatch(type, scalar, path);
    } else if (type.isEnum()) {
      List<String> words = KeySpec.words(type);
      return oneOf(scalar, words, path).map(word -> type.getEnumConstants()[words.indexOf(word)]);
    } else if (type == Path.class) {
      return path(key, scalar, path);
    } else if (type == String.class) {
      List<String> names = known.getOrDefault(key.names(), List.of());
      return names.isEmpty() ? Optional.of(scalar.text()) : oneOf(scalar, names, path);
    }
    throw new IllegalStateException(path + " has a type that no YAML binds to: " + type);
  }

  /// A scalar that must be one of `words`.
  Optional<String> oneOf(Scalar scalar, List<String> words, String path) {
    if (words.contains(scalar.text())) {
      return Optional.of(scalar.text());
    }
    String near = Nearest.to(scalar.text(), words).map(w -> "; did you mean " + w + "?").orElse("");
    return wrong(
        scalar.at(),
        path,
        "unknown value \"%s\"; allowed: %s%s"
            .formatted(scalar.text(), String.join(", ", words), near));
  }

  private Optional<Double> number(Class<?> type, Key key, Scalar scalar, String path) {
    if (scalar.type() != Yaml.Type.FLOAT && scalar.type() != Yaml.Type.INT) {
      return mismatch(type, scalar, path);
    }
    Optional<Double> number =
        integer(scalar.text()).map(Long::doubleValue).or(() -> real(scalar.text()));
    return number.isEmpty() || !Double.isFinite(number.get())
        ? wrong(scalar.at(), path, "expected a finite number, got " + scalar.text())
        : number.filter(x -> inRange(key, x, scalar, path));
  }

  private Optional<Long> whole(Class<?> type, Key key, Scalar scalar, long largest, String path) {
    if (scalar.type() != Yaml.Type.INT) {
      return mismatch(type, scalar, path);
    }
    Optional<Long> number = integer(scalar.text()).filter(n -> -largest <= n && n <= largest);
    return number.isEmpty()
        ? wrong(
            scalar.at(),
            path,
            "must be a whole number of at most %d, got %s".formatted(largest, scalar.text()))
        : number.filter(n -> inRange(key, n, scalar, path));
  }

  private boolean inRange(Key key, double x, Scalar scalar, String path) {
    if (key.min() <= x && x <= key.max() && key.above() < x && x < key.below()) {
      return true;
    }
    mistakes.add(scalar.at(), path, "must be %s, got %s".formatted(range(key), scalar.text()));
    return false;
  }

  /// `1 to 7`, `above 0`, `0 or more and below 1`.
  static String range(Key key) {
    List<String> parts = new ArrayList<>();
    if (Double.isFinite(key.min()) && Double.isFinite(key.max())) {
      parts.add(YamlWriter.shortest(key.min()) + " to " + YamlWriter.shortest(key.max()));
    } else if (Double.isFinite(key.min())) {
      parts.add(YamlWriter.shortest(key.min()) + " or more");
    }
    if (Double.isFinite(key.above())) {
      parts.add("above " + YamlWriter.shortest(key.above()));
    }
    if (Double.isFinite(key.max()) && !Double.isFinite(key.min())) {
      parts.add("at most " + YamlWriter.shortest(key.max()));
    }
    if (Double.isFinite(key.below())) {
      parts.add("below " + YamlWriter.shortest(key.below()));
    }
    return String.join(" and ", parts);
  }

  private Optional<Path> path(Key key, Scalar scalar, String path) {
    String text = scalar.text();
    if (text.isBlank() || text.indexOf('\0') >= 0) {
      return wrong(scalar.at(), path, "expected a path, got " + scalar.describe());
    }
    if (text.equals("~") || text.startsWith("~/")) {
      return Optional.of(Path.of(System.getProperty("user.home") + text.substring(1)).normalize());
    }
    return Optional.of(
        key.fromWorkingDirectory()
            ? Path.of(text).normalize()
            : scalar.at().base().resolve(text).toAbsolutePath().normalize());
  }

  private <T> Optional<T> mismatch(Class<?> type, Scalar scalar, String path) {
    boolean text = scalar.type() == Yaml.Type.STR;
    boolean wantsText = type == String.class || type == Path.class || type.isEnum();
    String cure = "";
    if (wantsText) {
      cure = "; put it in quotes";
    } else if (text && real(scalar.text()).isPresent()) {
      cure = "; remove the quotes";
    }
    return wrong(
        scalar.at(), path, "expected " + expected(type) + ", got " + scalar.describe() + cure);
  }

  /// What a type is written as, for messages: `a whole number`.
  static String expected(Class<?> type) {
    return type.isEnum()
        ? "one of " + String.join(", ", KeySpec.words(type))
        : switch (type.getSimpleName()) {
          case "boolean", "Boolean" -> "true or false";
          case "int", "Integer", "long", "Long" -> "a whole number";
          case "double", "Double" -> "a number";
          case "Path" -> "a path";
          default -> "a text";
        };
  }

  private static Optional<Double> real(String text) {
    try {
      return Optional.of(Double.parseDouble(text));
    } catch (NumberFormatException e) {
      return Optional.empty(); // .inf and .nan, which the caller refuses by name
    }
  }

  /// YAML 1.2 integers: decimal, 0x and 0o. Empty where it does not fit a long.
  private static Optional<Long> integer(String text) {
    try {
      return Optional.of(
          text.startsWith("0o")
              ? Long.parseLong(text.substring(2), 8)
              : Long.decode(decimal(text)));
    } catch (NumberFormatException e) {
      return Optional.empty();
    }
  }

  /// `Long.decode` would read a leading zero as octal, which YAML 1.2 does not.
  private static String decimal(String text) {
    return text.startsWith("0x") ? text : text.replaceFirst("^([-+]?)0+(?=\\d)", "$1");
  }

  private <T> Optional<T> wrong(At at, String path, String rule) {
    mistakes.add(at, path, rule);
    return Optional.empty();
  }
}
