package bandlimit.plan;

import bandlimit.tensor.TensorType;

/// Where a value lives: a byte offset in one of a program's three memories.
public record Slot(Space space, long offset, TensorType type) {
  /// ARENA: values of one run. STATE: what outlives runs, and constants. INPUT: written by the
  /// host.
  public enum Space {
    ARENA,
    STATE,
    INPUT
  }

  @Override
  public String toString() {
    return space.name().charAt(0) + "+" + offset + ":" + type;
  }
}
