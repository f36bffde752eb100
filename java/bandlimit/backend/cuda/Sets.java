package bandlimit.backend.cuda;

import bandlimit.backend.Arguments;
import bandlimit.graph.op.Over;
import bandlimit.tensor.Shape;

/// What an [Over] means for memory order: `struct Sets` of `kernels/normalize.cuh`. x is cut into
/// units of `rows` pixels, a unit's channels into `groups` runs, and each run of a unit is a set.
record Sets(Over over, Shape x, long units, long rows, int groups) {
  static Sets of(Over over, Shape x) {
    long pixels = x.size() / x.c();
    return switch (over.kind()) {
      case BATCH -> new Sets(over, x, 1, pixels, x.c());
      case CHANNELS -> new Sets(over, x, pixels, 1, 1);
      case GROUPS -> new Sets(over, x, x.n(), pixels / x.n(), over.groups());
    };
  }

  long sets() {
    return units * groups;
  }

  /// Channels of a set.
  int run() {
    return x.c() / groups;
  }

  /// Whether a set is the channels of one pixel.
  boolean ofPixels() {
    return over.kind() == Over.Kind.CHANNELS;
  }

  /// Channel sums within units; over all pixels where the sets are of pixels.
  Columns sums(int pack) {
    return ofPixels()
        ? Columns.sums(1, units, x.c(), pack)
        : Columns.sums(units, rows, x.c(), pack);
  }

  /// Elementwise work with a unit a block.
  Columns elements(int pack) {
    return ofPixels()
        ? Columns.elements(1, units, x.c(), pack)
        : Columns.elements(units, rows, x.c(), pack);
  }

  /// All pixels in one unit, for kernels that find an element's set by division.
  Columns flat() {
    return Columns.elements(1, units * rows, x.c(), 1);
  }

  Arguments struct(Arguments arguments) {
    double count = over.count(x);
    return arguments
        .i64(sets())
        .i64(rows)
        .f64(count)
        .i32(x.c())
        .i32(groups)
        .i32(run())
        .f32(1 / count);
  }
}
