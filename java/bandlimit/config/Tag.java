package bandlimit.config;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/// The key of a sealed type that says which of its records is meant.
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
@interface Tag {
  /// The key: `kind`, `name`.
  String key();

  /// The record taken where the key is left out.
  String def();

  /// One sentence for docs/configs.md and the schema.
  String doc();
}
