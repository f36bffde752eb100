package bandlimit.backend.reference;

import java.util.List;
import java.util.function.DoubleBinaryOperator;

/// Sums over axes, their transposes, and the two broadcasting ops.
final class ReduceReference {
  private ReduceReference() {}

  static void reduce(double factor, View x, View y) {
    var sums = new double[y.size()];
    Strides.walk(
        x.shape(), Strides.stretched(y.shape(), x.shape()), (ix, iy) -> sums[iy] += x.get(ix));
    for (int i = 0; i < sums.length; i++) {
      y.set(i, factor * sums[i]);
    }
  }

  static void expand(double factor, View x, View y) {
    Strides.walk(
        y.shape(),
        Strides.stretched(x.shape(), y.shape()),
        (iy, ix) -> y.set(iy, factor * x.get(ix)));
  }

  static void zip(View a, View b, View y, DoubleBinaryOperator op) {
    int[] strides = Strides.stretched(b.shape(), y.shape());
    var second = new double[y.size()];
    Strides.walk(y.shape(), strides, (iy, ib) -> second[iy] = b.get(ib));
    var first = new double[y.size()]; // both read before any write: y may be a or b
    Strides.walk(
        y.shape(), Strides.stretched(a.shape(), y.shape()), (iy, ia) -> first[iy] = a.get(ia));
    for (int i = 0; i < first.length; i++) {
      y.set(i, op.applyAsDouble(first[i], second[i]));
    }
  }

  static void squaredNorm(List<View> in, View y) {
    double sum = 0;
    for (View x : in) {
      for (int i = 0; i < x.size(); i++) {
        sum += x.get(i) * x.get(i);
      }
    }
    y.set(0, sum);
  }
}
