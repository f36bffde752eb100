package bandlimit.stream;

import java.util.Locale;

/// An input of the plan `start`, (N, 1, n, 1): which columns of a chunk belong to the stream, and
/// which lie before its first sample, where a window has padding.
///
/// @param floor 0 and [#FLOOR] to add, before a max-pool; else 1 and 0 to multiply by
/// @param delay in columns
/// @param columns of a chunk
record Mask(boolean floor, int delay, int columns) {
  /// Below every sample, and finite: times 0 it is 0.
  static final double FLOOR = -1e30;

  String name() {
    return String.format(Locale.ROOT, "stream.%s.%d.%d", floor ? "floor" : "mask", columns, delay);
  }

  /// Chunks until every column lies within the stream.
  int chunks() {
    return Math.ceilDiv(delay, columns);
  }

  /// The value for a column of the chunk `age`, counted from 0.
  double at(long age, int column) {
    boolean inside = age * columns + column >= delay;
    if (floor) {
      return inside ? 0 : FLOOR;
    }
    return inside ? 1 : 0;
  }
}
