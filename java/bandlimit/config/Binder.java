package bandlimit.config;

import bandlimit.config.Rules.Broken;
import bandlimit.config.Rules.BrokenRules;
import bandlimit.config.Yaml.Entry;
import bandlimit.config.Yaml.Items;
import bandlimit.config.Yaml.Mapping;
import bandlimit.config.Yaml.Scalar;
import bandlimit.error.BandlimitException;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Walks a [Yaml] tree along the components of a record and builds it, or collects every mistake.
///
/// A value that is wrong is empty here and a line in `mistakes`; a record is built only from parts
/// that are all right, so its own rules speak only of values that were really given.
final class Binder {
  private final Mistakes mistakes;
  private final KeyTree keys;
  private final LeafBinder leaves;

  Binder(KeyTree keys, Map<Key.Names, List<String>> known, Mistakes mistakes) {
    this.keys = keys;
    this.mistakes = mistakes;
    this.leaves = new LeafBinder(known, mistakes);
  }

  /// The whole tree as a record.
  <T> Optional<T> bind(Class<T> type, Yaml root) {
    return group(type, root.isNull() ? new Mapping(root.at(), List.of()) : root, root.at(), "")
        .map(type::cast);
  }

  private Optional<?> value(Type type, Key key, Yaml node, At keyAt, String path) {
    Class<?> raw = KeySpec.raw(type);
    if (raw == Optional.class) {
      return node.isNull()
          ? Optional.of(Optional.empty())
          : value(KeySpec.element(type), key, node, keyAt, path).map(Optional::of);
    } else if (node.isNull()) {
      return wrong(node.at(), path, "has no value; give one, or delete the key for its default");
    } else if (raw == List.class) {
      return list(KeySpec.element(type), key, node, path);
    } else if (KeySpec.isGroup(raw)) {
      return group(raw, node, keyAt, path);
    }
    return node instanceof Scalar scalar
        ? leaves.bind(raw, key, scalar, path)
        : wrong(
            node.at(), path, "expected " + LeafBinder.expected(raw) + ", got " + node.describe());
  }

  private Optional<List<?>> list(Type element, Key key, Yaml node, String path) {
    if (!(node instanceof Items(At _, List<Yaml> items))) {
      return wrong(node.at(), path, "expected a list like [a, b], got " + node.describe());
    }
    List<Object> values = new ArrayList<>();
    for (int i = 0; i < items.size(); i++) {
      Yaml item = items.get(i);
      value(element, key, item, item.at(), path + "[" + i + "]").ifPresent(values::add);
    }
    return values.size() == items.size() ? Optional.of(values) : Optional.empty();
  }

  private Optional<?> group(Class<?> type, Yaml node, At keyAt, String path) {
    if (!(node instanceof Mapping mapping)) {
      String example = type.isSealed() ? " like {%s: %s}".formatted(tag(type), kinds(type)) : "";
      return wrong(
          node.at(), path, "expected a group of keys" + example + ", got " + node.describe());
    }
    return type.isSealed()
        ? union(Union.of(type), mapping, keyAt, path)
        : record(type, mapping, keyAt, path, Optional.empty());
  }

  private static String tag(Class<?> sealed) {
    return Union.of(sealed).tag().key();
  }

  private static String kinds(Class<?> sealed) {
    return String.join("|", Union.of(sealed).words());
  }

  private Optional<?> union(Union union, Mapping mapping, At keyAt, String path) {
    String tag = union.tag().key();
    Optional<Entry> given = mapping.entry(tag);
    if (given.isEmpty()) {
      Class<?> kind = union.kind(union.tag().def());
      return record(kind, mapping, keyAt, path, Optional.of(union));
    }
    Yaml value = given.get().value();
    if (!(value instanceof Scalar scalar) || scalar.type() != Yaml.Type.STR) {
      return wrong(
          value.at(),
          dotted(path, tag),
          "expected one of %s, got %s"
              .formatted(String.join(", ", union.words()), value.describe()));
    }
    return leaves
        .oneOf(scalar, union.words(), dotted(path, tag))
        .flatMap(word -> record(union.kind(word), mapping, keyAt, path, Optional.of(union)));
  }

  private Optional<Object> record(
      Class<?> type, Mapping mapping, At keyAt, String path, Optional<Union> union) {
    List<KeySpec> specs = KeySpec.of(type);
    refuseUnknown(specs, mapping, path, union);
    boolean good = true;
    Object[] parts = new Object[specs.size()];
    for (int i = 0; i < parts.length; i++) {
      Optional<?> part = part(specs.get(i), mapping, keyAt, path);
      good &= part.isPresent();
      if (part.isPresent()) {
        parts[i] = part.get();
      }
    }
    return good ? build(type, parts, mapping, keyAt, path) : Optional.empty();
  }

  private Optional<?> part(KeySpec spec, Mapping mapping, At keyAt, String path) {
    String name = dotted(path, spec.name());
    Optional<Entry> entry = mapping.entry(spec.name());
    if (entry.isPresent()) {
      return value(spec.type(), spec.key(), entry.get().value(), entry.get().keyAt(), name);
    } else if (spec.isRequired()) {
      return wrong(keyAt, name, "is missing: " + spec.key().value());
    } else if (spec.isOptional()) {
      return Optional.of(Optional.empty());
    } else if (spec.isGroup()) {
      return value(spec.type(), spec.key(), new Mapping(keyAt, List.of()), keyAt, name);
    }
    String source = "the default of " + name;
    return YamlReader.value(spec.def().orElseThrow(), source, Path.of(""), 0, mistakes)
        .flatMap(node -> value(spec.type(), spec.key(), node, node.at(), name));
  }

  private void refuseUnknown(
      List<KeySpec> specs, Mapping mapping, String path, Optional<Union> union) {
    List<String> names = new ArrayList<>();
    union.ifPresent(u -> names.add(u.tag().key()));
    specs.forEach(spec -> names.add(spec.name()));
    if (path.isEmpty()) {
      names.add(ConfigFile.VARIANTS); // bound before, and for, each of them
    }
    for (Entry entry : mapping.entries()) {
      if (names.contains(entry.key())) {
        continue;
      }
      List<String> owners = union.map(u -> u.kindsWith(entry.key())).orElse(List.of());
      if (owners.isEmpty()) {
        mistakes.add(
            entry.keyAt(),
            dotted(path, entry.key()),
            "unknown key; " + keys.hint(entry.key(), names));
      } else if (!replaced(union.orElseThrow(), mapping, entry)) {
        mistakes.add(
            entry.keyAt(),
            dotted(path, entry.key()),
            "applies only to %s: %s"
                .formatted(union.orElseThrow().tag().key(), String.join(" or ", owners)));
      }
    }
  }

  /// Whether a key belonged to a kind that a later layer replaced: `--set optimizer.name=adamw`
  /// need not first delete the file's momentum.
  private static boolean replaced(Union union, Mapping mapping, Entry entry) {
    return mapping.entry(union.tag().key()).filter(t -> t.layer() > entry.layer()).isPresent();
  }

  private Optional<Object> build(
      Class<?> type, Object[] parts, Mapping mapping, At keyAt, String path) {
    Class<?>[] types =
        Arrays.stream(type.getRecordComponents())
            .map(RecordComponent::getType)
            .toArray(Class<?>[]::new);
    try {
      Constructor<?> constructor = type.getDeclaredConstructor(types);
      return Optional.of(constructor.newInstance(parts));
    } catch (InvocationTargetException e) {
      switch (e.getCause()) {
        case BrokenRules rules -> {
          for (Broken broken : rules.broken()) {
            mistakes.add(
                place(mapping, broken.key(), keyAt), dotted(path, broken.key()), broken.rule());
          }
        }
        case BandlimitException rule ->
            mistakes.add(keyAt, path, String.valueOf(rule.getMessage()));
        case IllegalArgumentException rule ->
            mistakes.add(keyAt, path, String.valueOf(rule.getMessage()));
        case null, default -> throw new IllegalStateException("cannot build " + type, e);
      }
      return Optional.empty();
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("cannot build " + type, e);
    }
  }

  /// Where the value of a dotted key stands, or the nearest group around it that was written.
  private static At place(Mapping mapping, String key, At otherwise) {
    At at = otherwise;
    Yaml here = mapping;
    for (String part : key.split("\\.")) {
      Optional<Entry> entry = here instanceof Mapping m ? m.entry(part) : Optional.empty();
      if (entry.isEmpty()) {
        return at;
      }
      here = entry.get().value();
      at = here instanceof Mapping ? entry.get().keyAt() : here.at();
    }
    return at;
  }

  private <T> Optional<T> wrong(At at, String path, String rule) {
    mistakes.add(at, path, rule);
    return Optional.empty();
  }

  private static String dotted(String path, String name) {
    return path.isEmpty() ? name : path + "." + name;
  }
}
