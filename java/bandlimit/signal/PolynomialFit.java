package bandlimit.signal;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.DoubleUnaryOperator;
import org.apache.commons.math3.analysis.polynomials.PolynomialFunction;
import org.apache.commons.math3.fitting.PolynomialCurveFitter;
import org.apache.commons.math3.fitting.WeightedObservedPoint;
import org.apache.commons.math3.special.Erf;

/// The polynomial nearest to a function in the least-squares sense: `coefficients` from the
/// constant up, and how far it is off, as the weighted root mean square and at most.
///
/// A polynomial of degree d widens a spectrum d-fold and no more, so between an upsampling and a
/// low-pass it makes an activation without aliases; the fit says what is lost.
public record PolynomialFit(List<Double> coefficients, double rmsError, double maxError) {
  public static final DoubleUnaryOperator RELU = x -> Math.max(x, 0);
  public static final DoubleUnaryOperator GELU = x -> x * 0.5 * Erf.erfc(-x / Math.sqrt(2));
  public static final DoubleUnaryOperator SILU = x -> x / (1 + Math.exp(-x));

  private static final int MOST_DEGREE = 10;
  private static final int POINTS = 4000; // even, so that a kink at the centre lies between two
  private static final double GAUSSIAN_REACH = 8; // standard deviations; beyond lies 1e-15

  public PolynomialFit {
    coefficients = List.copyOf(coefficients);
  }

  /// Every point of the interval counts the same.
  public static PolynomialFit overInterval(
      DoubleUnaryOperator function, int degree, double from, double to) {
    if (!(from < to) || Double.isInfinite(to - from)) {
      throw new IllegalArgumentException("no interval: %g..%g".formatted(from, to));
    }
    return fit(function, degree, (from + to) / 2, (to - from) / 2, 1, _ -> 1);
  }

  /// Points count as a normal distribution has them, as after a batch norm; `maxError` is over 3
  /// standard deviations.
  public static PolynomialFit underGaussian(
      DoubleUnaryOperator function, int degree, double mean, double deviation) {
    if (!(deviation > 0)) {
      throw new IllegalArgumentException("the deviation must be above 0, got " + deviation);
    }
    PolynomialFit fit =
        fit(function, degree, mean, deviation, GAUSSIAN_REACH, t -> Math.exp(-0.5 * t * t));
    double maxError = maxError(function, fit::value, mean - 3 * deviation, mean + 3 * deviation);
    return new PolynomialFit(fit.coefficients, fit.rmsError, maxError);
  }

  public int degree() {
    return coefficients.size() - 1;
  }

  public double value(double x) {
    double y = 0;
    for (double c : coefficients.reversed()) {
      y = y * x + c;
    }
    return y;
  }

  /// Fits in t = (x - centre) / scale for t in -reach..reach, where the powers stay comparable and
  /// the equations well conditioned, then expands in x.
  private static PolynomialFit fit(
      DoubleUnaryOperator function,
      int degree,
      double centre,
      double scale,
      double reach,
      DoubleUnaryOperator weight) {
    if (degree < 0 || degree > MOST_DEGREE) {
      throw new IllegalArgumentException(
          "degree must be 0..%d, got %d".formatted(MOST_DEGREE, degree));
    }
    var points = new ArrayList<WeightedObservedPoint>(POINTS);
    for (int i = 0; i < POINTS; i++) {
      double t = reach * ((2 * i + 1.0) / POINTS - 1); // midpoints: a kink between them costs h^2
      points.add(
          new WeightedObservedPoint(
              weight.applyAsDouble(t), t, function.applyAsDouble(centre + scale * t)));
    }
    var inT = new PolynomialFunction(PolynomialCurveFitter.create(degree).fit(points));
    double squares = 0;
    double weights = 0;
    for (WeightedObservedPoint p : points) {
      double error = inT.value(p.getX()) - p.getY();
      squares += p.getWeight() * error * error;
      weights += p.getWeight();
    }
    var line = new PolynomialFunction(new double[] {-centre / scale, 1 / scale});
    var power = new PolynomialFunction(new double[] {1});
    var inX = new PolynomialFunction(new double[] {0});
    for (double c : inT.getCoefficients()) {
      inX = inX.add(power.multiply(new PolynomialFunction(new double[] {c})));
      power = power.multiply(line);
    }
    double[] coefficients = Arrays.copyOf(inX.getCoefficients(), degree + 1); // it drops zeros
    return new PolynomialFit(
        Arrays.stream(coefficients).boxed().toList(),
        Math.sqrt(squares / weights),
        maxError(function, inX::value, centre - reach * scale, centre + reach * scale));
  }

  private static double maxError(
      DoubleUnaryOperator function, DoubleUnaryOperator fit, double from, double to) {
    double max = 0;
    for (int i = 0; i <= POINTS; i++) {
      double x = from + (to - from) * i / POINTS;
      max = Math.max(max, Math.abs(function.applyAsDouble(x) - fit.applyAsDouble(x)));
    }
    return max;
  }
}
