package bandlimit.config;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/// Records as canonical YAML: every key in the records' order, two spaces a level.
///
/// Equal records give equal bytes on every machine: the home folder is written `~`.
final class YamlWriter {
  private static final int HASH_DIGITS = 12;
  private static final Pattern PLAIN =
      Pattern.compile("[A-Za-z_/][A-Za-z0-9_./-]*|~/[A-Za-z0-9_./-]*");
  private static final Pattern RESERVED = Pattern.compile("(?i)true|false|null|yes|no|on|off");

  private YamlWriter() {}

  static String write(Record root) {
    StringBuilder out = new StringBuilder();
    group(root, "", out);
    return out.toString();
  }

  static String hash(String text) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(digest).substring(0, HASH_DIGITS);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  private static void group(Record record, String indent, StringBuilder out) {
    List<KeySpec> specs = KeySpec.of(record.getClass());
    RecordComponent[] components = record.getClass().getRecordComponents();
    for (int i = 0; i < components.length; i++) {
      entry(specs.get(i), get(components[i], record), indent, out);
    }
  }

  private static void entry(KeySpec spec, Object value, String indent, StringBuilder out) {
    Object given = value instanceof Optional<?> optional ? optional.orElse(null) : value;
    out.append(indent).append(spec.name()).append(':');
    if (given instanceof Record record) {
      out.append('\n');
      Class<?> declared =
          KeySpec.raw(spec.isOptional() ? KeySpec.element(spec.type()) : spec.type());
      if (declared.isSealed()) {
        String tag = Union.of(declared).tag().key();
        String word = Union.word(record.getClass());
        out.append(indent).append("  ").append(tag).append(": ").append(word).append('\n');
      }
      group(record, indent + "  ", out);
    } else {
      out.append(' ').append(given == null ? "null" : leaf(given)).append('\n');
    }
  }

  private static String leaf(Object value) {
    return switch (value) {
      case Double x -> shortest(x);
      case Enum<?> constant -> KeySpec.word(constant);
      case Path path -> text(withTilde(path));
      case String s -> text(s);
      case List<?> list ->
          "[" + String.join(", ", list.stream().map(YamlWriter::leaf).toList()) + "]";
      default -> value.toString(); // whole numbers and booleans
    };
  }

  /// The shortest text that reads back as the same number: 0.1, 5e-4, 128.
  static String shortest(double x) {
    if (x == Math.rint(x) && Math.abs(x) < 1e15) {
      return Long.toString((long) x);
    }
    BigDecimal decimal = new BigDecimal(Double.toString(x)).stripTrailingZeros();
    if (Math.abs(x) >= 1e-3 && Math.abs(x) < 1e15) {
      return decimal.toPlainString();
    }
    return Double.toString(x).toLowerCase(Locale.ROOT).replace(".0e", "e");
  }

  private static String withTilde(Path path) {
    Path home = Path.of(System.getProperty("user.home"));
    return path.startsWith(home) && !path.equals(home)
        ? "~/" + home.relativize(path)
        : path.toString();
  }

  static String text(String s) {
    if (PLAIN.matcher(s).matches() && !RESERVED.matcher(s).matches()) {
      return s;
    }
    StringBuilder out = new StringBuilder("\"");
    s.codePoints()
        .forEach(
            c -> {
              if (c == '"' || c == '\\') {
                out.append('\\').appendCodePoint(c);
              } else if (c < 0x20
                  || (c >= 0x7f && c < 0xa0)
                  || c == 0x2028
                  || c == 0x2029
                  || c == 0xfeff) {
                out.append("\\u%04x".formatted(c));
              } else {
                out.appendCodePoint(c);
              }
            });
    return out.append('"').toString();
  }

  private static Object get(RecordComponent component, Record record) {
    try {
      var accessor = component.getAccessor();
      accessor.trySetAccessible();
      return accessor.invoke(record);
    } catch (IllegalAccessException | InvocationTargetException e) {
      throw new IllegalStateException("cannot read " + component, e);
    }
  }
}
