package bandlimit.config;

import bandlimit.config.Mistakes.Mistake;
import bandlimit.config.Yaml.Entry;
import bandlimit.config.Yaml.Items;
import bandlimit.config.Yaml.Mapping;
import bandlimit.config.Yaml.Scalar;
import bandlimit.error.ConfigException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/// A config file, read, overridden and bound: one [TrainConfig], or one for each of its variants.
///
/// @param path the file
/// @param source its text, as given
/// @param variants in the file's order; a file without variants is one nameless variant
public record ConfigFile(Path path, String source, List<Variant> variants) {
  private static final Pattern VARIANT_NAME = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9._-]*");
  static final KeyTree KEYS = new KeyTree(TrainConfig.class);
  static final String VARIANTS = "variants";

  /// One run of the file; the name is empty where the file has no variants.
  public record Variant(Optional<String> name, TrainConfig config) {}

  /// Names that only other rooms know; an empty list checks nothing.
  public record KnownNames(List<String> models, List<String> dataSets) {
    public static final KnownNames ANY = new KnownNames(List.of(), List.of());

    public KnownNames {
      models = List.copyOf(models);
      dataSets = List.copyOf(dataSets);
    }

    Map<Key.Names, List<String>> byKey() {
      return Map.of(Key.Names.MODELS, models, Key.Names.DATA_SETS, dataSets);
    }
  }

  public ConfigFile {
    variants = List.copyOf(variants);
  }

  public static ConfigFile load(Path file) {
    return load(file, List.of(), KnownNames.ANY);
  }

  /// Reads `file` with `--set` overrides (`optimizer.lr=0.1`, in order) laid over it.
  ///
  /// @throws ConfigException with every mistake, one a line
  public static ConfigFile load(Path file, List<String> overrides, KnownNames known) {
    return parse(read(file), file, overrides, known);
  }

  /// The same from a text that stands, or would stand, in `file`.
  public static ConfigFile parse(String text, Path file, List<String> overrides, KnownNames known) {
    Mistakes mistakes = new Mistakes();
    Path base = Optional.ofNullable(file.toAbsolutePath().getParent()).orElse(Path.of(""));
    Optional<Yaml> tree = YamlReader.file(text, file.toString(), base, mistakes);
    List<Mapping> changes =
        overrides.stream().flatMap(o -> Overrides.parse(o, mistakes).stream()).toList();
    if (tree.isEmpty()) {
      mistakes.throwIfAny();
    }
    Mapping root =
        switch (tree.orElseThrow()) {
          case Mapping m -> m;
          case Yaml y when y.isNull() -> new Mapping(y.at(), List.of());
          case Yaml y -> {
            mistakes.add(y.at(), "expected keys like `train:`, got " + y.describe());
            throw Mistakes.exception(mistakes.all());
          }
        };
    return new ConfigFile(file, text, variants(root, changes, known, mistakes));
  }

  /// The only config of a file without variants.
  public TrainConfig single() {
    if (variants.size() != 1) {
      throw new ConfigException(
          "%s: has %d variants where one config is needed; leave them out with --set variants=[]"
              .formatted(path, variants.size()));
    }
    return variants.getFirst().config();
  }

  private static String read(Path file) {
    try {
      return StandardCharsets.UTF_8
          .newDecoder()
          .decode(ByteBuffer.wrap(Files.readAllBytes(file)))
          .toString();
    } catch (NoSuchFileException e) {
      throw new ConfigException(file + ": there is no such config file", e);
    } catch (CharacterCodingException e) {
      throw new ConfigException(file + ": is not UTF-8 text", e);
    } catch (IOException e) {
      String why =
          Files.isDirectory(file)
              ? "is a folder, not a config file"
              : "cannot be read: " + e.getMessage();
      throw new ConfigException(file + ": " + why, e);
    }
  }

  // ---- variants -----------------------------------------------------------------------------

  private record Named(Optional<String> name, Mapping changes) {}

  private static List<Variant> variants(
      Mapping file, List<Mapping> commandLine, KnownNames known, Mistakes mistakes) {
    Mapping whole = file;
    for (Mapping change : commandLine) {
      whole = Overrides.apply(whole, change, Overrides.COMMAND_LINE);
    }
    List<Named> named = named(whole, mistakes);
    List<Set<Mistake>> found = new ArrayList<>();
    List<Variant> bound = new ArrayList<>();
    for (Named variant : named) {
      Mapping tree = Overrides.apply(without(file), variant.changes, Overrides.VARIANT);
      for (Mapping change : commandLine) {
        tree = Overrides.apply(tree, change, Overrides.COMMAND_LINE);
      }
      Mistakes own = new Mistakes();
      Optional<TrainConfig> config =
          new Binder(KEYS, known.byKey(), own).bind(TrainConfig.class, without(tree));
      found.add(own.all());
      config.ifPresent(c -> bound.add(new Variant(variant.name, c)));
    }
    report(named, found, mistakes);
    mistakes.throwIfAny();
    return bound;
  }

  /// A mistake that every variant has is the file's, and is reported once; others name theirs.
  private static void report(List<Named> named, List<Set<Mistake>> found, Mistakes mistakes) {
    Set<Mistake> everywhere = new LinkedHashSet<>(found.getFirst());
    found.forEach(everywhere::retainAll);
    for (Mistake mistake : everywhere) {
      mistakes.add(mistake.at(), mistake.message());
    }
    for (int i = 0; i < found.size(); i++) {
      for (Mistake mistake : found.get(i)) {
        if (!everywhere.contains(mistake)) {
          String name = named.get(i).name.orElseThrow();
          mistakes.add(mistake.at(), mistake.message() + " (variant " + name + ")");
        }
      }
    }
  }

  private static Mapping without(Mapping root) {
    return new Mapping(
        root.at(), root.entries().stream().filter(e -> !e.key().equals(VARIANTS)).toList());
  }

  private static List<Named> named(Mapping root, Mistakes mistakes) {
    Optional<Entry> entry = root.entry(VARIANTS);
    List<Named> result = new ArrayList<>();
    if (entry.isPresent() && !entry.get().value().isNull()) {
      if (entry.get().value() instanceof Items(At _, List<Yaml> items)) {
        Set<String> names = new HashSet<>();
        for (int i = 0; i < items.size(); i++) {
          String path = VARIANTS + "[" + i + "]";
          variant(items.get(i), path, names, mistakes).ifPresent(result::add);
        }
      } else {
        mistakes.add(
            entry.get().value().at(),
            VARIANTS,
            "expected a list of {name: ..., set: {...}}, got " + entry.get().value().describe());
      }
    }
    // Also where every variant was malformed: the rest of the file is still worth checking.
    return result.isEmpty()
        ? List.of(new Named(Optional.empty(), new Mapping(root.at(), List.of())))
        : result;
  }

  private static Optional<Named> variant(
      Yaml item, String path, Set<String> names, Mistakes mistakes) {
    if (!(item instanceof Mapping mapping)) {
      mistakes.add(item.at(), path, "expected {name: ..., set: {...}}, got " + item.describe());
      return Optional.empty();
    }
    for (Entry entry : mapping.entries()) {
      if (!entry.key().equals("name") && !entry.key().equals("set")) {
        mistakes.add(
            entry.keyAt(),
            path + "." + entry.key(),
            "unknown key; allowed here: name, set (overrides stand under set)");
      }
    }
    Mapping changes = new Mapping(item.at(), List.of());
    Optional<Entry> set = mapping.entry("set");
    if (set.isPresent() && set.get().value() instanceof Mapping given) {
      changes = given;
      given
          .entry(VARIANTS)
          .ifPresent(e -> mistakes.add(e.keyAt(), path + ".set", "a variant has no variants"));
    } else if (set.isPresent() && !set.get().value().isNull()) {
      mistakes.add(
          set.get().value().at(),
          path + ".set",
          "expected keys to override, got " + set.get().value().describe());
    }
    Optional<Entry> name = mapping.entry("name");
    if (name.isEmpty()) {
      mistakes.add(item.at(), path + ".name", "is missing: names the variant and its run folder");
      return Optional.empty();
    }
    if (!(name.get().value() instanceof Scalar scalar)
        || !VARIANT_NAME.matcher(scalar.text()).matches()) {
      mistakes.add(
          name.get().value().at(),
          path + ".name",
          "must be letters, digits, `.`, `_` and `-`, got " + name.get().value().describe());
      return Optional.empty();
    }
    if (!names.add(scalar.text())) {
      mistakes.add(scalar.at(), path + ".name", "another variant is called " + scalar.text());
      return Optional.empty();
    }
    return Optional.of(new Named(Optional.of(scalar.text()), changes));
  }
}
