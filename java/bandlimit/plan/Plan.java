package bandlimit.plan;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// A procedure made concrete: steps in order over planned memory.
public record Plan(
    String name,
    List<Step> steps,
    Map<String, Slot> inputs,
    Map<String, Slot> outputs,
    long arenaBytes) {
  public Plan {
    steps = List.copyOf(steps);
    inputs = Collections.unmodifiableMap(new LinkedHashMap<>(inputs));
    outputs = Collections.unmodifiableMap(new LinkedHashMap<>(outputs));
  }

  public Slot input(String input) {
    return named("input", inputs, input);
  }

  public Slot output(String output) {
    return named("output", outputs, output);
  }

  private Slot named(String what, Map<String, Slot> slots, String key) {
    var slot = slots.get(key);
    if (slot == null) {
      throw new IllegalArgumentException(
          "plan %s has no %s %s; it has %s".formatted(name, what, key, slots.keySet()));
    }
    return slot;
  }
}
