package bandlimit.backend.reference;

import bandlimit.graph.op.Polynomial;
import bandlimit.graph.op.PolynomialCoefficientGrad;
import bandlimit.graph.op.PolynomialGrad;

/// The polynomial activation and its two gradients. Row c of the coefficients, or row 0 if shared.
final class PolynomialReference {
  private PolynomialReference() {}

  static void run(Polynomial op, View x, View a, View y) {
    for (int i = 0; i < y.size(); i++) {
      int row = row(i, x, a);
      double sum = 0;
      for (int k = op.degree(); k >= 0; k--) {
        sum = sum * x.get(i) + a.get(row + k);
      }
      y.set(i, sum);
    }
  }

  static void grad(PolynomialGrad op, View x, View a, View dy, View dx) {
    for (int i = 0; i < dx.size(); i++) {
      int row = row(i, x, a);
      double sum = 0;
      for (int k = op.degree(); k >= 1; k--) {
        sum = sum * x.get(i) + k * a.get(row + k);
      }
      dx.set(i, sum * dy.get(i));
    }
  }

  static void coefficientGrad(PolynomialCoefficientGrad op, View x, View dy, View da) {
    da.fill(0);
    for (int i = 0; i < x.size(); i++) {
      double power = dy.get(i);
      for (int k = 0; k <= op.degree(); k++) {
        da.add(row(i, x, da) + k, power);
        power *= x.get(i);
      }
    }
  }

  private static int row(int i, View x, View a) {
    int channel = i % x.shape().at(-1);
    return a.shape().at(0) == 1 ? 0 : channel * a.shape().at(1);
  }
}
