package bandlimit.config;

import bandlimit.config.Yaml.Entry;
import bandlimit.config.Yaml.Items;
import bandlimit.config.Yaml.Mapping;
import bandlimit.config.Yaml.Scalar;
import bandlimit.config.Yaml.Type;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.NodeType;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.schema.CoreSchema;

/// Text to [Yaml] tree; duplicate keys and syntax errors become mistakes with their place.
final class YamlReader {
  private final String source;
  private final Path base;
  private final boolean lines;
  private final int layer;
  private final Mistakes mistakes;
  private final Map<Node, Yaml> done = new IdentityHashMap<>();

  private YamlReader(String source, Path base, boolean lines, int layer, Mistakes mistakes) {
    this.source = source;
    this.base = base;
    this.lines = lines;
    this.layer = layer;
    this.mistakes = mistakes;
  }

  /// A file's text. Empty where the syntax is wrong; the mistake is then recorded.
  static Optional<Yaml> file(String text, String source, Path base, Mistakes mistakes) {
    return new YamlReader(source, base, true, 0, mistakes).read(text);
  }

  /// A piece of YAML with no lines worth counting: the value of a `--set`, a default.
  static Optional<Yaml> value(String text, String source, Path base, int layer, Mistakes mistakes) {
    return new YamlReader(source, base, false, layer, mistakes).read(text);
  }

  private Optional<Yaml> read(String text) {
    LoadSettings settings =
        LoadSettings.builder()
            .setLabel(source)
            .setSchema(new CoreSchema())
            .setUseMarks(true)
            .setAllowNonScalarKeys(true) // reported here, with our words
            .build();
    try {
      // An empty document is nothing at all, which binds like `null`.
      return Optional.of(
          new Compose(settings)
              .composeString(text)
              .map(node -> convert(node, ""))
              .orElseGet(() -> new Scalar(at(Optional.empty()), "", Type.NULL)));
    } catch (MarkedYamlEngineException e) {
      Optional<Mark> mark = e.getProblemMark().or(e::getContextMark);
      String what = Optional.ofNullable(e.getProblem()).orElse("cannot be read");
      mistakes.add(at(mark), "not valid YAML: " + what);
    } catch (YamlEngineException e) {
      mistakes.add(at(Optional.empty()), "not valid YAML: " + e.getMessage());
    }
    return Optional.empty();
  }

  private At at(Optional<Mark> mark) {
    return lines
        ? new At(
            source,
            mark.map(Mark::getLine).orElse(0) + 1,
            mark.map(Mark::getColumn).orElse(0) + 1,
            base)
        : new At(source, 0, 0, base);
  }

  private Yaml convert(Node node, String path) {
    At at = at(node.getStartMark());
    if (node.isRecursive()) {
      mistakes.add(at, path, "an alias must not contain itself");
      return new Scalar(at, "", Type.NULL);
    }
    Yaml known = done.get(node); // an alias: converted once, or nested aliases would multiply
    if (known != null) {
      return known;
    }
    if (node.getTag().getValue().startsWith("!")) {
      mistakes.add(at, path, "the tag " + node.getTag().getValue() + " means nothing here");
    }
    Yaml made =
        switch (node) {
          case ScalarNode s -> new Scalar(at, s.getValue(), type(s));
          case SequenceNode s -> items(at, s, path);
          case MappingNode m -> mapping(at, m, path);
          default -> throw new IllegalStateException("unresolved YAML node at " + at);
        };
    done.put(node, made);
    return made;
  }

  private Yaml items(At at, SequenceNode node, String path) {
    List<Yaml> items = new ArrayList<>();
    for (Node item : node.getValue()) {
      items.add(convert(item, path + "[" + items.size() + "]"));
    }
    return new Items(at, items);
  }

  private Yaml mapping(At at, MappingNode node, String path) {
    List<Entry> entries = new ArrayList<>();
    Map<String, At> seen = new HashMap<>();
    for (NodeTuple tuple : node.getValue()) {
      At keyAt = at(tuple.getKeyNode().getStartMark());
      if (tuple.getKeyNode().getNodeType() != NodeType.SCALAR) {
        mistakes.add(keyAt, path, "a key must be a plain word");
        continue;
      }
      String key = ((ScalarNode) tuple.getKeyNode()).getValue();
      String name = path.isEmpty() ? key : path + "." + key;
      At first = seen.putIfAbsent(key, keyAt);
      if (first != null) {
        mistakes.add(
            keyAt, name, "duplicate key" + (lines ? "; it is also on line " + first.line() : ""));
      } else {
        entries.add(new Entry(key, keyAt, convert(tuple.getValueNode(), name), layer));
      }
    }
    return new Mapping(at, entries);
  }

  private static Type type(ScalarNode node) {
    var tag = node.getTag();
    if (tag.equals(org.snakeyaml.engine.v2.nodes.Tag.NULL)) {
      return Type.NULL;
    } else if (tag.equals(org.snakeyaml.engine.v2.nodes.Tag.BOOL)) {
      return Type.BOOL;
    } else if (tag.equals(org.snakeyaml.engine.v2.nodes.Tag.INT)) {
      return Type.INT;
    } else if (tag.equals(org.snakeyaml.engine.v2.nodes.Tag.FLOAT)) {
      return Type.FLOAT;
    }
    return Type.STR;
  }
}
