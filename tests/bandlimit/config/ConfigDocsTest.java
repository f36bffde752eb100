package bandlimit.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.reflect.Type;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// docs/configs.md: its tables are made from the records, its examples are bound.
class ConfigDocsTest {
  private static final Path DOCS = Path.of("docs/configs.md");
  private static final String BEGIN = "<!-- keys: made by ConfigDocsTest -->\n";
  private static final String END = "<!-- end of keys -->";

  @Test
  void theTablesOfKeysAreCurrent() throws IOException {
    String text = Files.readString(DOCS);
    int begin = text.indexOf(BEGIN) + BEGIN.length();
    int end = text.indexOf(END);
    StringBuilder tables = new StringBuilder();
    group(TrainConfig.class, "", tables);
    Generated.matches(DOCS, text.substring(0, begin) + tables + text.substring(end));
  }

  @Test
  void everyTimmWordLeadsToAKeyAndIsInTheTable() throws IOException {
    String text = Files.readString(DOCS);
    for (Map.Entry<String, String> word : KeyTree.TIMM.entrySet()) {
      assertThat(ConfigFile.KEYS.paths()).contains(word.getValue());
      assertThat(text).containsPattern("\\| `" + word.getKey() + "` *\\|.*`" + word.getValue());
    }
  }

  @Test
  void theExamplesBind() throws IOException {
    String[] parts = Files.readString(DOCS).split("```yaml\n");
    assertThat(parts).hasSizeGreaterThan(2);
    for (int i = 1; i < parts.length; i++) {
      String example = parts[i].substring(0, parts[i].indexOf("```"));
      assertThat(ConfigFileTest.parse(example).variants()).isNotEmpty();
    }
  }

  private static void group(Class<?> type, String prefix, StringBuilder out) {
    List<KeySpec> keys = KeySpec.of(type);
    table(prefix, keys, out);
    for (KeySpec key : keys) {
      Type inner = key.isOptional() ? KeySpec.element(key.type()) : key.type();
      if (KeySpec.raw(inner).isSealed()) {
        union(Union.of(KeySpec.raw(inner)), prefix + key.name() + ".", out);
      } else if (KeySpec.isGroup(inner)) {
        group(KeySpec.raw(inner), prefix + key.name() + ".", out);
      }
    }
  }

  private static void union(Union union, String prefix, StringBuilder out) {
    String tag = prefix + union.tag().key();
    out.append("\n`%s`: %s, default `%s`; ".formatted(tag, union.tag().doc(), union.tag().def()));
    out.append("one of `").append(String.join("`, `", union.words())).append("`.\n");
    union
        .kinds()
        .forEach(
            (word, kind) -> {
              if (!KeySpec.of(kind).isEmpty()) {
                out.append("\nWith `%s: %s`:\n".formatted(tag, word));
                table(prefix, KeySpec.of(kind), out);
              }
            });
  }

  private static void table(String prefix, List<KeySpec> keys, StringBuilder out) {
    out.append("\n| key | type | default | meaning |\n|---|---|---|---|\n");
    for (KeySpec key : keys) {
      if (key.isGroup()) {
        continue;
      }
      String def = "required";
      if (key.isOptional()) {
        def = "`null`";
      } else if (key.def().isPresent()) {
        def = "`" + key.def().get() + "`";
      }
      out.append(
          "| `%s` | %s | %s | %s |\n"
              .formatted(
                  prefix + key.name(), type(key), def, key.key().value().replace("|", "\\|")));
    }
  }

  private static String type(KeySpec key) {
    String range = LeafBinder.range(key.key());
    String type = word(key.isOptional() ? KeySpec.element(key.type()) : key.type());
    return type + (key.isOptional() ? " or `null`" : "") + (range.isEmpty() ? "" : ": " + range);
  }

  private static String word(Type type) {
    Class<?> raw = KeySpec.raw(type);
    if (raw == List.class) {
      return "list of " + word(KeySpec.element(type));
    } else if (raw.isEnum()) {
      return "`" + String.join("`, `", KeySpec.words(raw)) + "`";
    } else if (KeySpec.isGroup(raw)) {
      return "group";
    }
    return switch (raw.getSimpleName()) {
      case "int", "long", "Integer" -> "integer";
      case "double", "Double" -> "number";
      case "boolean" -> "`true`, `false`";
      case "Path" -> "path";
      default -> "text";
    };
  }
}
