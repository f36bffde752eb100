package bandlimit.plan;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/// Places buffers with known lifetimes in one block of memory: largest first, each at the lowest
/// offset where it meets nobody alive at the same time.
final class ArenaLayout {
  /// Full vectors and cache lines; also what native libraries like best.
  static final long ALIGNMENT = 64;

  /// Bytes needed from step `first` to step `last`, both inclusive.
  record Buffer(long bytes, int first, int last) {
    boolean meets(Buffer other) {
      return first <= other.last && other.first <= last;
    }
  }

  private record Placed(Buffer buffer, long offset) {
    long end() {
      return offset + align(buffer.bytes());
    }
  }

  private ArenaLayout() {}

  static long align(long bytes) {
    return (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  }

  /// Offsets in the order of `buffers`.
  static long[] place(List<Buffer> buffers, boolean reuse) {
    var offsets = new long[buffers.size()];
    if (!reuse) {
      long end = 0;
      for (int i = 0; i < offsets.length; i++) {
        offsets[i] = end;
        end += align(buffers.get(i).bytes());
      }
      return offsets;
    }
    var order = new ArrayList<Integer>();
    for (int i = 0; i < offsets.length; i++) {
      order.add(i);
    }
    order.sort(Comparator.comparingLong((Integer i) -> -buffers.get(i).bytes()));
    var placed = new ArrayList<Placed>(); // kept sorted by offset
    for (int i : order) {
      var buffer = buffers.get(i);
      long offset = 0;
      for (Placed other : placed) {
        if (!other.buffer.meets(buffer) || other.end() <= offset) {
          continue;
        }
        if (other.offset >= offset + align(buffer.bytes())) {
          break; // the gap before `other` is wide enough
        }
        offset = other.end();
      }
      offsets[i] = offset;
      var entry = new Placed(buffer, offset);
      int at = 0;
      while (at < placed.size() && placed.get(at).offset <= offset) {
        at++;
      }
      placed.add(at, entry);
    }
    return offsets;
  }

  static long size(List<Buffer> buffers, long[] offsets) {
    long size = 0;
    for (int i = 0; i < offsets.length; i++) {
      size = Math.max(size, offsets[i] + align(buffers.get(i).bytes()));
    }
    return size;
  }
}
