package bandlimit.config;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// A sealed type as a group of keys: the tag's value names the record, `kind: lowpass` is
/// `Lowpass`.
record Union(Tag tag, Map<String, Class<?>> kinds) {

  static Union of(Class<?> sealed) {
    Tag tag = Mirrors.of(sealed).getAnnotation(Tag.class);
    if (tag == null) {
      throw new IllegalStateException(sealed.getName() + " has no @Tag");
    }
    Map<String, Class<?>> kinds = new LinkedHashMap<>();
    for (Class<?> kind : sealed.getPermittedSubclasses()) {
      kinds.put(word(kind), kind);
    }
    return new Union(tag, kinds);
  }

  /// The tag's value for a record: `FilteredPolynomial` is `filtered_polynomial`, `AdamW` is
  /// `adamw`.
  static String word(Class<?> kind) {
    return kind.getSimpleName()
        .replaceAll("([a-z0-9])([A-Z][a-z])", "$1_$2")
        .toLowerCase(Locale.ROOT);
  }

  Class<?> kind(String word) {
    return Optional.<Class<?>>ofNullable(kinds.get(word)).orElseThrow();
  }

  List<String> words() {
    return List.copyOf(kinds.keySet());
  }

  /// The kinds that have a key of this name.
  List<String> kindsWith(String key) {
    return kinds.entrySet().stream()
        .filter(e -> KeySpec.of(e.getValue()).stream().anyMatch(k -> k.name().equals(key)))
        .map(Map.Entry::getKey)
        .toList();
  }
}
