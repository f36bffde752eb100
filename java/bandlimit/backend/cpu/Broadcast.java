package bandlimit.backend.cpu;

import bandlimit.tensor.Shape;
import java.util.ArrayList;
import java.util.List;

/// An operand stretched to a result's shape, with neighbouring axes of equal behaviour merged: rows
/// of `inner` results, each from one element or from `inner` neighbours.
final class Broadcast {
  /// One merged axis of the result; `stride` is the operand's, 0 where it is stretched.
  private record Axis(long extent, long stride) {}

  private final List<Axis> axes = new ArrayList<>(); // outermost first
  private final long size;

  Broadcast(Shape from, Shape to) {
    this.size = to.size();
    int missing = to.rank() - from.rank();
    long stride = 1;
    for (int i = to.rank() - 1; i >= 0; i--) {
      int extent = to.at(i);
      boolean own = i >= missing && from.at(i - missing) != 1;
      if (extent == 1) {
        continue;
      }
      long step = own ? stride : 0;
      if (own) {
        stride *= extent;
      }
      if (!axes.isEmpty()) {
        var inner = axes.getFirst();
        boolean together =
            step == 0
                ? inner.stride() == 0
                : inner.stride() != 0 && step == inner.extent() * inner.stride();
        if (together) {
          axes.set(0, new Axis(extent * inner.extent(), inner.stride()));
          continue;
        }
      }
      axes.addFirst(new Axis(extent, step));
    }
    if (axes.isEmpty()) {
      axes.add(new Axis(1, 1));
    }
  }

  /// Same elements in the same order.
  boolean isWhole() {
    return axes.size() == 1 && axes.getFirst().stride() == 1;
  }

  boolean isScalar() {
    return axes.size() == 1 && axes.getFirst().stride() == 0;
  }

  /// The operand again and again: one number for each channel, if the channels are the last axes.
  boolean isPeriodic() {
    return axes.size() == 2 && axes.get(0).stride() == 0 && axes.get(1).stride() == 1;
  }

  /// The same with numbers of its own for each stretch of the outermost axis, a sample.
  boolean isPeriodicBySample() {
    return axes.size() == 3
        && axes.get(0).stride() == axes.get(2).extent()
        && axes.get(1).stride() == 0
        && axes.get(2).stride() == 1;
  }

  /// How often a periodic operand is read, in a sample if it is one by sample.
  long repeats() {
    return axes.get(axes.size() - 2).extent();
  }

  /// Row after row reads one element each.
  boolean isByRow() {
    return axes.size() == 2 && axes.get(0).stride() == 1 && axes.get(1).stride() == 0;
  }

  /// Length of the innermost run of results.
  long inner() {
    return axes.getLast().extent();
  }

  boolean innerIsScalar() {
    return axes.getLast().stride() == 0;
  }

  /// The operand's element for result element `at`.
  long index(long at) {
    long rest = at;
    long from = 0;
    for (int i = axes.size() - 1; i >= 0; i--) {
      var axis = axes.get(i);
      from += rest % axis.extent() * axis.stride();
      rest /= axis.extent();
    }
    return from;
  }

  /// The operand's elements for results `at`..`at + count`.
  void load(View x, long at, float[] into, int count) {
    if (isWhole()) {
      x.load(at, into, count);
      return;
    }
    long inner = inner();
    int done = 0;
    while (done < count) {
      long now = at + done;
      int run = (int) Math.min(count - done, inner - now % inner);
      if (innerIsScalar()) {
        java.util.Arrays.fill(into, done, done + run, x.get(index(now)));
      } else {
        x.load(index(now), into, done, run);
      }
      done += run;
    }
  }

  long size() {
    return size;
  }
}
