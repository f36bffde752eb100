package bandlimit.graph.op;

import bandlimit.error.ShapeException;
import bandlimit.tensor.DType;
import bandlimit.tensor.Shape;
import bandlimit.tensor.TensorType;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// Checks that several shape rules share; each failure says rule, numbers and cure.
final class Rule {
  private Rule() {}

  static void require(boolean holds, String message, Object... arguments) {
    if (!holds) {
      throw new ShapeException(message.formatted(arguments));
    }
  }

  static void arity(List<TensorType> in, int count, Op op) {
    require(
        in.size() == count,
        "%s takes %d inputs, got %d",
        op.getClass().getSimpleName(),
        count,
        in.size());
  }

  static Shape nhwc(TensorType type) {
    require(type.shape().rank() == 4, "needs an (N, H, W, C) map, got %s", type);
    return type.shape();
  }

  static void same(String what, Shape expected, Shape got) {
    require(expected.equals(got), "%s must be %s, got %s", what, expected, got);
  }

  static void same(String what, DType expected, DType got) {
    require(
        expected == got,
        "%s must be %s, got %s; put a Cast before it",
        what,
        name(expected),
        name(got));
  }

  private static String name(DType type) {
    return type.name().toLowerCase(Locale.ROOT);
  }

  /// The common shape of two operands; extents of 1 and missing leading axes stretch (NumPy's
  /// rule).
  static Shape broadcast(Shape a, Shape b) {
    int rank = Math.max(a.rank(), b.rank());
    var dims = new ArrayList<Integer>();
    for (int i = 0; i < rank; i++) {
      int x = i < rank - a.rank() ? 1 : a.at(i - (rank - a.rank()));
      int y = i < rank - b.rank() ? 1 : b.at(i - (rank - b.rank()));
      require(x == y || x == 1 || y == 1, "cannot broadcast %s with %s: axis %d", a, b, i);
      dims.add(Math.max(x, y));
    }
    return new Shape(dims);
  }

  static void stretches(Shape from, Shape to) {
    require(broadcast(from, to).equals(to), "%s does not stretch to %s", from, to);
  }

  /// Output extent of a strided window, as in every framework: floor((n + pads - span) / stride) +
  /// 1.
  static int windowed(String axis, int n, int kernel, int stride, int dilation, int pads) {
    int span = dilation * (kernel - 1) + 1;
    require(
        n + pads >= span,
        "%s is %d with padding %d, but the window spans %d; pad more or use a smaller kernel",
        axis,
        n,
        pads,
        span);
    return (n + pads - span) / stride + 1;
  }
}
