package bandlimit.conformance;

import bandlimit.graph.op.Fn;
import bandlimit.graph.op.Pointwise;
import bandlimit.graph.op.PointwiseGrad;
import bandlimit.graph.op.Polynomial;
import bandlimit.graph.op.PolynomialBackward;
import bandlimit.graph.op.PolynomialCoefficientGrad;
import bandlimit.graph.op.PolynomialGrad;
import bandlimit.graph.op.ScaledPolynomial;
import bandlimit.tensor.TensorType;
import java.util.ArrayList;
import java.util.List;
import java.util.function.DoubleUnaryOperator;
import org.apache.commons.math3.special.Erf;

/// Functions of one number, and polynomials with coefficients.
final class PointwiseSamples {
  private PointwiseSamples() {}

  private static final List<Sample> ROWS = new ArrayList<>();

  static {
    pointwise(Fn.RELU, Values.avoiding(-3, 3, 0), x -> Math.max(x, 0));
    pointwise(Fn.RELU6, Values.avoiding(-3, 9, 0, 6), x -> Math.min(Math.max(x, 0), 6));
    pointwise(Fn.GELU, Values.between(-6, 6), x -> x / 2 * Erf.erfc(-x / Math.sqrt(2)));
    pointwise(Fn.GELU_TANH, Values.between(-6, 6), PointwiseSamples::geluTanh);
    pointwise(Fn.SILU, Values.between(-9, 9), x -> x / (1 + Math.exp(-x)));
    pointwise(Fn.SIGMOID, Values.between(-9, 9), x -> 1 / (1 + Math.exp(-x)));
    pointwise(Fn.TANH, Values.between(-5, 5), Math::tanh);
    pointwise(Fn.EXP, Values.between(-4, 2), Math::exp);
    pointwise(Fn.LOG, Values.between(0.25, 4), Math::log);
    pointwise(Fn.SQUARE, Values.normal(), x -> x * x);
    // values where a quick approximation overflows, underflows or takes the wrong branch
    for (Fn fn : List.of(Fn.RELU, Fn.RELU6, Fn.GELU, Fn.GELU_TANH, Fn.SILU, Fn.SIGMOID, Fn.TANH)) {
      ROWS.add(
          Sample.of(new Pointwise(fn))
              .in(
                  TensorType.f32(2, 9),
                  Values.of(0, -0.0, 1e-30, -1e-30, 1e-4, -1e-4, 40, -40, 100, -100, 88, -88))
              .kinked()
              .note("edges"));
    }
    ROWS.add(
        Sample.of(new Pointwise(Fn.EXP))
            .in(TensorType.f32(8), Values.of(0, -87, -104, -1000, 1e-30, 1, -1, 2))
            .note("edges"));
    ROWS.add(
        Sample.of(new Pointwise(Fn.IS_FINITE))
            .in(
                TensorType.f32(9),
                Values.of(0, 1, -1e30, 1e-30, Double.NaN, -1e38, 1 / 0.0, -1 / 0.0, 3))
            .formula(in -> map(in.getFirst(), x -> Double.isFinite(x) ? 1 : 0)));
    for (int degree = 1; degree <= 4; degree++) {
      polynomial(degree, 9, false, 2, 3, 7);
      polynomial(degree, 8, true, 1, 5, 2);
      polynomial(degree, degree == 4 ? 33 : 1, degree % 2 == 0, 3, 1, 1);
    }
  }

  static List<Sample> rows() {
    return ROWS;
  }

  private static void pointwise(Fn fn, Values domain, DoubleUnaryOperator meaning) {
    for (var type :
        List.of(
            TensorType.f32(1),
            TensorType.f32(2, 7, 3, 31),
            TensorType.f32(33, 8),
            TensorType.f32())) {
      ROWS.add(
          Sample.of(new Pointwise(fn)).in(type, domain).formula(in -> map(in.getFirst(), meaning)));
    }
    // its gradient alone; `kept` is y for some functions, and y has a smaller range
    Values kept =
        switch (fn) {
          case SIGMOID -> Values.between(0, 1);
          case TANH -> Values.between(-1, 1);
          case EXP -> Values.between(0.1, 3);
          default -> domain;
        };
    ROWS.add(Sample.of(new PointwiseGrad(fn)).in(TensorType.f32(2, 5, 3, 9), kept).in(2, 5, 3, 9));
  }

  private static void polynomial(int degree, int c, boolean shared, int n, int h, int w) {
    int rows = shared ? 1 : c;
    ROWS.add(
        Sample.of(new Polynomial(degree))
            .in(n, h, w, c)
            .in(rows, degree + 1)
            .linearIn(1)
            .formula(in -> evaluate(in.get(0), in.get(1), degree, c, shared)));
    ROWS.add(
        Sample.of(new PolynomialGrad(degree)).in(n, h, w, c).in(rows, degree + 1).in(n, h, w, c));
    ROWS.add(
        Sample.of(new PolynomialCoefficientGrad(degree, shared)).in(n, h, w, c).in(n, h, w, c));
    double in = degree == 3 ? 1 : 0.75;
    double out = degree == 4 ? 1 : -1.5;
    ROWS.add(Sample.of(new ScaledPolynomial(in, degree, out)).in(n, h, w, c).in(rows, degree + 1));
    for (int part = 0; part < 2; part++) {
      var row =
          Sample.of(new PolynomialBackward(in, degree, out))
              .in(n, h, w, c)
              .in(rows, degree + 1)
              .in(n, h, w, c);
      ROWS.add(part == 0 ? row : row.part(part));
    }
  }

  private static double[] evaluate(double[] x, double[] a, int degree, int c, boolean shared) {
    var y = new double[x.length];
    for (int i = 0; i < x.length; i++) {
      for (int k = 0; k <= degree; k++) {
        y[i] += a[(shared ? 0 : i % c) * (degree + 1) + k] * Math.pow(x[i], k);
      }
    }
    return y;
  }

  private static double geluTanh(double x) {
    return x / 2 * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)));
  }

  static double[] map(double[] x, DoubleUnaryOperator f) {
    return java.util.Arrays.stream(x).map(f).toArray();
  }
}
