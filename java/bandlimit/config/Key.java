package bandlimit.config;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/// What a record component means as a key of a config: its documentation, default and range.
///
/// The key's name is the component's in snake_case. A component that is an `Optional` or a record
/// needs no default: it may be left out, and is then empty, or made of its own defaults.
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.RECORD_COMPONENT)
@interface Key {
  /// The default of a key that has none, and must be given.
  String REQUIRED = "\0required";

  /// One sentence with the unit, for docs/configs.md and the schema.
  String value();

  /// The default as YAML text.
  String def() default REQUIRED;

  /// Least allowed number.
  double min() default Double.NEGATIVE_INFINITY;

  /// Greatest allowed number.
  double max() default Double.POSITIVE_INFINITY;

  /// The number must be greater than this.
  double above() default Double.NEGATIVE_INFINITY;

  /// The number must be less than this.
  double below() default Double.POSITIVE_INFINITY;

  /// A relative path is taken from the working directory, not from the config file: outputs.
  boolean fromWorkingDirectory() default false;

  /// Whose names this text must be one of, where the caller of [ConfigFile#load] knows them.
  Names names() default Names.ANY;

  /// The registries that give names.
  enum Names {
    ANY,
    MODELS,
    DATA_SETS
  }
}
