package bandlimit.backend.cuda;

import bandlimit.backend.Arguments;
import bandlimit.tensor.Shape;
import java.util.ArrayList;
import java.util.List;

/// Two operands beside a result that they stretch to: the result's axes, outermost first, with
/// neighbours merged where both operands walk on evenly. As `struct Axes` in
/// `kernels/arithmetic.cu`.
record Stretch(List<Axis> axes) {
  static final int MOST_AXES = 6;

  /// Steps are in elements of an operand, 0 where it is stretched.
  record Axis(long extent, long stepA, long stepB) {
    /// Whether `inner` merges into this axis.
    boolean takes(Axis inner) {
      return evenly(stepA, inner.extent, inner.stepA) && evenly(stepB, inner.extent, inner.stepB);
    }

    private static boolean evenly(long step, long innerExtent, long innerStep) {
      return step == innerExtent * innerStep && (step == 0) == (innerStep == 0);
    }
  }

  static Stretch of(Shape a, Shape b, Shape to) {
    var axes = new ArrayList<Axis>();
    long sizeA = 1;
    long sizeB = 1;
    for (int i = to.rank() - 1; i >= 0; i--) {
      int extent = to.at(i);
      if (extent == 1) {
        continue;
      }
      boolean ownA = has(a, to, i);
      boolean ownB = has(b, to, i);
      var axis = new Axis(extent, ownA ? sizeA : 0, ownB ? sizeB : 0);
      sizeA *= ownA ? extent : 1;
      sizeB *= ownB ? extent : 1;
      if (!axes.isEmpty() && axis.takes(axes.getFirst())) {
        var inner = axes.removeFirst();
        axis = new Axis(extent * inner.extent(), inner.stepA(), inner.stepB());
      }
      axes.addFirst(axis);
    }
    if (axes.isEmpty()) {
      axes.add(new Axis(1, 1, 1));
    }
    return new Stretch(List.copyOf(axes));
  }

  private static boolean has(Shape operand, Shape to, int axis) {
    int own = axis - (to.rank() - operand.rank());
    return own >= 0 && operand.at(own) != 1;
  }

  /// With the operands the other way round.
  Stretch swapped() {
    return new Stretch(axes.stream().map(x -> new Axis(x.extent(), x.stepB(), x.stepA())).toList());
  }

  boolean isWholeA() {
    return isWhole(axes.stream().map(Axis::stepA).toList());
  }

  boolean isWholeB() {
    return isWhole(axes.stream().map(Axis::stepB).toList());
  }

  /// Every element once, in order.
  private boolean isWhole(List<Long> steps) {
    long expected = 1;
    for (int i = axes.size() - 1; i >= 0; i--) {
      if (steps.get(i) != expected) {
        return false;
      }
      expected *= axes.get(i).extent();
    }
    return true;
  }

  boolean isNumberB() {
    return axes.stream().allMatch(axis -> axis.stepB() == 0);
  }

  /// b again and again, such as one number for each channel.
  boolean isPeriodicB() {
    return axes.size() == 2 && axes.get(0).stepB() == 0 && axes.get(1).stepB() == 1;
  }

  Axis inner() {
    return axes.getLast();
  }

  /// `struct Axes`.
  Arguments pack(Arguments arguments) {
    for (int i = 0; i < MOST_AXES; i++) {
      arguments.i64(i < axes.size() ? axes.get(i).extent() : 1);
    }
    for (int i = 0; i < MOST_AXES; i++) {
      arguments.i64(i < axes.size() ? axes.get(i).stepA() : 0);
    }
    for (int i = 0; i < MOST_AXES; i++) {
      arguments.i64(i < axes.size() ? axes.get(i).stepB() : 0);
    }
    arguments.i32(axes.size());
    return arguments.i32(0); // to the struct's alignment of 8
  }
}
