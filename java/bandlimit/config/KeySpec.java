package bandlimit.config;

import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// One key of a group: a record component, read by reflection together with its [Key].
record KeySpec(String name, Type type, Key key) {

  /// The keys of a record, in its order.
  static List<KeySpec> of(Class<?> record) {
    RecordComponent[] own = record.getRecordComponents();
    RecordComponent[] annotated = Mirrors.of(record).getRecordComponents();
    List<KeySpec> specs = new ArrayList<>();
    for (int i = 0; i < own.length; i++) {
      Key key = annotated[i].getAnnotation(Key.class);
      if (key == null
          || !annotated[i].getName().equals(own[i].getName())
          || !annotated[i].getGenericType().equals(own[i].getGenericType())) {
        throw new IllegalStateException(
            record.getName() + "." + own[i].getName() + " has no matching @Key");
      }
      specs.add(new KeySpec(snake(own[i].getName()), own[i].getGenericType(), key));
    }
    return specs;
  }

  boolean isOptional() {
    return raw(type) == Optional.class;
  }

  /// A group of keys of its own: a record, or one of several records.
  boolean isGroup() {
    return isGroup(type);
  }

  static boolean isGroup(Type type) {
    return raw(type).isRecord() || raw(type).isSealed();
  }

  /// The default as YAML text; empty where the key has none.
  Optional<String> def() {
    return key.def().equals(Key.REQUIRED) ? Optional.empty() : Optional.of(key.def());
  }

  boolean isRequired() {
    return def().isEmpty() && !isOptional() && !isGroup();
  }

  static Class<?> raw(Type type) {
    return type instanceof ParameterizedType p ? (Class<?>) p.getRawType() : (Class<?>) type;
  }

  /// X of `Optional<X>` or `List<X>`.
  static Type element(Type type) {
    return ((ParameterizedType) type).getActualTypeArguments()[0];
  }

  /// `gradAccumSteps` as a key: `grad_accum_steps`.
  static String snake(String name) {
    return name.replaceAll("([a-z0-9])([A-Z])", "$1_$2").toLowerCase(Locale.ROOT);
  }

  /// `BF16_MIXED` as a value: `bf16-mixed`.
  static String word(Enum<?> constant) {
    String own = constant.toString(); // a constant that says how it is written
    return own.equals(constant.name()) ? own.toLowerCase(Locale.ROOT).replace('_', '-') : own;
  }

  static List<String> words(Class<?> enumeration) {
    List<String> words = new ArrayList<>();
    for (Object constant : enumeration.getEnumConstants()) {
      words.add(word((Enum<?>) constant));
    }
    return words;
  }
}
