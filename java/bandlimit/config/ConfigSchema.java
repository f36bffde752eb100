package bandlimit.config;

import bandlimit.config.Yaml.Items;
import bandlimit.config.Yaml.Mapping;
import bandlimit.config.Yaml.Scalar;
import bandlimit.store.Json;
import java.lang.reflect.Type;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// The JSON Schema (2020-12) of a config file, for completion and checks in editors.
///
/// It knows keys, types, ranges and defaults. Rules between keys, and paths, only [ConfigFile]
/// knows.
public final class ConfigSchema {
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
  private static final String NAME = "^[A-Za-z0-9_][A-Za-z0-9._-]*$";

  private ConfigSchema() {}

  /// The schema as committed in train-configs/schema.json.
  public static String json() {
    ObjectNode root = NODES.objectNode();
    root.put("$schema", "https://json-schema.org/draft/2020-12/schema");
    root.put("title", "Bandlimit training config");
    record(root, TrainConfig.class, Optional.empty(), false);
    ((ObjectNode) root.get("properties")).set(ConfigFile.VARIANTS, variants());
    return Json.pretty(root);
  }

  private static ObjectNode variants() {
    ObjectNode variant = NODES.objectNode().put("type", "object");
    ObjectNode properties = variant.putObject("properties");
    properties
        .putObject("name")
        .put("type", "string")
        .put("pattern", NAME)
        .put("description", "name of the variant and end of its run folder's name");
    ObjectNode set = properties.putObject("set");
    set.put("description", "keys to override, dotted or in groups; null brings a default back");
    set.putArray("type").add("object").add("null");
    set.putObject("propertyNames").set("enum", strings(ConfigFile.KEYS.paths()));
    variant.putArray("required").add("name");
    variant.put("additionalProperties", false);
    ObjectNode list = NODES.objectNode();
    list.put("description", "named overrides of this file, each a run; one report compares them");
    list.putArray("type").add("array").add("null");
    list.set("items", variant);
    return list;
  }

  /// Fills `into` with the keys of a record; in a union its tag is `required`, but for the default.
  private static void record(
      ObjectNode into, Class<?> type, Optional<Union> union, boolean tagRequired) {
    into.put("type", "object");
    ObjectNode properties = into.putObject("properties");
    ArrayNode required = NODES.arrayNode();
    union.ifPresent(
        u -> {
          properties
              .putObject(u.tag().key())
              .put("const", Union.word(type))
              .put("description", u.tag().doc());
          if (tagRequired) {
            required.add(u.tag().key());
          }
        });
    for (KeySpec key : KeySpec.of(type)) {
      properties.set(key.name(), key(key));
      if (key.isRequired() || (key.isGroup() && hasRequired(KeySpec.raw(key.type())))) {
        required.add(key.name());
      }
    }
    if (!required.isEmpty()) {
      into.set("required", required);
    }
    into.put("additionalProperties", false);
  }

  private static boolean hasRequired(Class<?> type) {
    return type.isRecord() && KeySpec.of(type).stream().anyMatch(KeySpec::isRequired);
  }

  private static ObjectNode key(KeySpec key) {
    Type type = key.isOptional() ? KeySpec.element(key.type()) : key.type();
    ObjectNode node = type(type, key.key());
    if (key.isOptional() && KeySpec.isGroup(type)) {
      ObjectNode either = NODES.objectNode();
      either.putArray("anyOf").add(node).add(NODES.objectNode().put("type", "null"));
      node = either;
    } else if (key.isOptional()) {
      String word = node.get("type").asString();
      node.putArray("type").add(word).add("null");
      if (node.get("enum") instanceof ArrayNode words) {
        words.addNull();
      }
    }
    node.put("description", key.key().value());
    if (key.def().isPresent()) {
      Mistakes none = new Mistakes();
      Yaml yaml = YamlReader.value(key.def().get(), key.name(), Path.of(""), 0, none).orElseThrow();
      node.set("default", json(yaml));
    }
    return node;
  }

  private static ObjectNode type(Type type, Key key) {
    Class<?> raw = KeySpec.raw(type);
    ObjectNode node = NODES.objectNode();
    if (raw.isSealed()) {
      Union union = Union.of(raw);
      ArrayNode kinds = node.put("type", "object").putArray("oneOf");
      for (Map.Entry<String, Class<?>> kind : union.kinds().entrySet()) {
        ObjectNode one = kinds.addObject();
        boolean tagged = !kind.getKey().equals(union.tag().def());
        record(one, kind.getValue(), Optional.of(union), tagged);
      }
    } else if (raw.isRecord()) {
      record(node, raw, Optional.empty(), false);
    } else if (raw == List.class) {
      node.put("type", "array");
      node.set("items", type(KeySpec.element(type), key));
    } else if (raw.isEnum()) {
      node.put("type", "string");
      node.set("enum", strings(KeySpec.words(raw)));
    } else if (raw == boolean.class) {
      node.put("type", "boolean");
    } else if (raw == String.class || raw == Path.class) {
      node.put("type", "string");
    } else {
      boolean real = raw == double.class || raw == Double.class;
      node.put("type", real ? "number" : "integer");
      bound(node, "minimum", key.min());
      bound(node, "maximum", key.max());
      bound(node, "exclusiveMinimum", key.above());
      bound(node, "exclusiveMaximum", key.below());
    }
    return node;
  }

  private static void bound(ObjectNode node, String word, double bound) {
    if (bound == Math.rint(bound) && Double.isFinite(bound)) {
      node.put(word, (long) bound);
    } else if (Double.isFinite(bound)) {
      node.put(word, bound);
    }
  }

  private static ArrayNode strings(Iterable<String> words) {
    ArrayNode array = NODES.arrayNode();
    words.forEach(array::add);
    return array;
  }

  private static JsonNode json(Yaml yaml) {
    return switch (yaml) {
      case Items list -> {
        ArrayNode array = NODES.arrayNode();
        list.items().forEach(item -> array.add(json(item)));
        yield array;
      }
      case Mapping _ -> throw new IllegalStateException("a default is no group: " + yaml.at());
      case Scalar s ->
          switch (s.type()) {
            case NULL -> NODES.nullNode();
            case BOOL -> NODES.booleanNode(Boolean.parseBoolean(s.text()));
            case INT -> NODES.numberNode(Long.parseLong(s.text()));
            case FLOAT -> NODES.numberNode(Double.parseDouble(s.text()));
            case STR -> NODES.stringNode(s.text());
          };
    };
  }
}
