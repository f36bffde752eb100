package bandlimit.config;

import java.util.ArrayList;
import java.util.List;

/// The rules of a record that one key's range cannot say, checked in its compact constructor.
///
/// Each names the key to blame, so that the binder can point at its line.
final class Rules {
  /// A rule that does not hold; `key` is relative to the record: `schedule.warmup_epochs`.
  record Broken(String key, String rule) {}

  /// Every rule of one record that does not hold.
  static final class BrokenRules extends IllegalArgumentException {
    private static final long serialVersionUID = 1;
    private final transient List<Broken> broken;

    BrokenRules(List<Broken> broken) {
      super(String.join("; ", broken.stream().map(b -> b.key + ": " + b.rule).toList()));
      this.broken = List.copyOf(broken);
    }

    List<Broken> broken() {
      return broken;
    }
  }

  private final List<Broken> broken = new ArrayList<>();

  Rules require(boolean holds, String key, String rule, Object... numbers) {
    if (!holds) {
      broken.add(new Broken(key, rule.formatted(numbers)));
    }
    return this;
  }

  void check() {
    if (!broken.isEmpty()) {
      throw new BrokenRules(broken);
    }
  }
}
