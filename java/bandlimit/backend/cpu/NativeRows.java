package bandlimit.backend.cpu;

import bandlimit.backend.Arguments;
import bandlimit.graph.op.Over;
import bandlimit.tensor.Shape;

/// How `native/cpu/rows.h` sees a tensor whose numbers go by channel. Widths are those of AVX-512
/// everywhere, so that cuts are, too.
record NativeRows(
    long units, long size, long task, int tasks, int channels, int width, int perSet) {
  private static final int LANES = 16; // floats of the widest register
  private static final int TASK = 1 << 16;
  private static final int FEWEST = 4; // rows of a task: each prepares a row of numbers first

  /// Channels whose sums over tasks are joined by one task.
  static final int BLOCK = 256;

  static NativeRows of(Over over, Shape x) {
    int channels = x.at(-1);
    boolean groups = over.kind() == Over.Kind.GROUPS;
    long units = groups ? x.at(0) : 1;
    int perSet = groups ? channels / over.groups() : 1;
    int width = channels * (LANES / gcd(channels, LANES));
    width *= width <= LANES ? 4 : width <= 3 * LANES ? 2 : 1; // blocks of 4, 6 or 8 registers
    long size = x.size() / units;
    long task = (long) width * Math.max(FEWEST, TASK / width);
    return new NativeRows(
        units, size, task, Math.toIntExact((size + task - 1) / task), channels, width, perSet);
  }

  private static int gcd(int a, int b) {
    return b == 0 ? a : gcd(b, a % b);
  }

  long allTasks() {
    return units * tasks;
  }

  /// Two numbers in double for each task and channel.
  long pairBytes() {
    return allTasks() * 2 * channels * Double.BYTES;
  }

  /// A task's scratch memory: rows of doubles and of floats.
  long scratch(int doubles, int floats) {
    return (long) width * (doubles * Double.BYTES + floats * Float.BYTES);
  }

  /// Whether result 0 is written past the caches, which wants units that start at whole registers.
  int streams(NativeSite site) {
    return units == 1 || size % LANES == 0 ? site.streams(0) : 0;
  }

  Arguments pack(Arguments into) {
    return into.i64(size).i64(task).i32(tasks).i32(channels).i32(width).i32(perSet);
  }
}
