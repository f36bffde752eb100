package bandlimit.backend.reference;

import bandlimit.tensor.Shape;

/// Walks over a shape in row-major order beside another tensor's strides.
final class Strides {
  private Strides() {}

  interface Pair {
    void at(int flat, int other);
  }

  static int[] of(Shape shape) {
    var strides = new int[shape.rank()];
    int stride = 1;
    for (int axis = shape.rank() - 1; axis >= 0; axis--) {
      strides[axis] = stride;
      stride *= shape.at(axis);
    }
    return strides;
  }

  /// Strides of `from` seen with the axes of `to`: 0 where it is stretched.
  static int[] stretched(Shape from, Shape to) {
    int[] own = of(from);
    int missing = to.rank() - from.rank();
    var strides = new int[to.rank()];
    for (int axis = missing; axis < to.rank(); axis++) {
      strides[axis] = from.at(axis - missing) == 1 ? 0 : own[axis - missing];
    }
    return strides;
  }

  static void walk(Shape shape, int[] strides, Pair pair) {
    int size = shape.intSize();
    for (int flat = 0; flat < size; flat++) {
      int rest = flat;
      int other = 0;
      for (int axis = shape.rank() - 1; axis >= 0; axis--) {
        other += rest % shape.at(axis) * strides[axis];
        rest /= shape.at(axis);
      }
      pair.at(flat, other);
    }
  }
}
