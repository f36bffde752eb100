package bandlimit.plan;

import bandlimit.graph.op.Constant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/// Named plans over one state. Only one plan runs at a time, so they share one arena too.
public record Program(
    Map<String, Plan> plans,
    Map<String, Slot> states,
    Map<Slot, Constant> constants,
    long stateBytes,
    long inputBytes) {
  public Program {
    plans = Collections.unmodifiableMap(new LinkedHashMap<>(plans));
    states = Collections.unmodifiableMap(new LinkedHashMap<>(states));
    constants = Collections.unmodifiableMap(new LinkedHashMap<>(constants));
  }

  public Plan plan(String name) {
    var plan = plans.get(name);
    if (plan == null) {
      throw new IllegalArgumentException("no plan " + name + "; there are " + plans.keySet());
    }
    return plan;
  }

  public Slot state(String path) {
    var slot = states.get(path);
    if (slot == null) {
      throw new IllegalArgumentException("no state " + path + " in this program");
    }
    return slot;
  }

  /// The largest plan's; the plans take turns in it.
  public long arenaBytes() {
    return plans.values().stream().mapToLong(Plan::arenaBytes).max().orElse(0);
  }
}
