package bandlimit.conformance;

import bandlimit.tensor.Shape;
import java.util.Arrays;
import java.util.Optional;

/// Two tensors, element by element, against one tolerance; says which element is worst.
public final class Compare {
  private Compare() {}

  /// Empty if all agree; otherwise the worst element, both numbers and the tolerance.
  public static Optional<String> difference(
      Shape shape, double[] expected, double[] actual, double tolerance) {
    return difference(shape, expected, actual, Tolerance.absolute(tolerance));
  }

  static Optional<String> difference(
      Shape shape, double[] expected, double[] actual, Tolerance tolerance) {
    if (expected.length != actual.length) {
      return Optional.of("has %d elements, expected %d".formatted(actual.length, expected.length));
    }
    int worst = -1;
    int bad = 0;
    double most = -1;
    for (int i = 0; i < expected.length; i++) {
      if (Double.compare(expected[i], actual[i]) == 0) {
        continue; // equal infinities and NaNs too
      }
      double error = Math.abs(expected[i] - actual[i]);
      if (error <= tolerance.allowed(expected[i])) {
        continue;
      }
      bad++;
      if (worst < 0 || Double.isNaN(error) || error > most) {
        worst = i;
        most = Double.isNaN(error) ? Double.POSITIVE_INFINITY : error;
      }
    }
    return worst < 0
        ? Optional.empty()
        : Optional.of(
            "element %s of %s: expected %.9g, got %.9g, off by %.3g, tolerance %.3g (%d of %d off)"
                .formatted(
                    position(shape, worst),
                    shape,
                    expected[worst],
                    actual[worst],
                    Math.abs(expected[worst] - actual[worst]),
                    tolerance.allowed(expected[worst]),
                    bad,
                    expected.length));
  }

  public static double max(double[] values) {
    return Arrays.stream(values).map(Math::abs).filter(Double::isFinite).max().orElse(0);
  }

  public static double dot(double[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }

  private static String position(Shape shape, int flat) {
    var index = new int[shape.rank()];
    for (int axis = shape.rank() - 1; axis >= 0; axis--) {
      index[axis] = flat % shape.at(axis);
      flat /= shape.at(axis);
    }
    return Arrays.toString(index);
  }
}
