package bandlimit.signal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.function.DoubleUnaryOperator;
import org.junit.jupiter.api.Test;

class PolynomialFitTest {
  /// By Legendre polynomials: |x| on -1..1 is nearest to 3/16 + 15/16 x^2.
  @Test
  void reluOnAnInterval() {
    var fit = PolynomialFit.overInterval(PolynomialFit.RELU, 2, -1, 1);
    assertClose(fit, 1e-6, 3.0 / 32, 0.5, 15.0 / 32);
    assertThat(fit.maxError()).isCloseTo(3.0 / 32, within(1e-6)); // at 0
  }

  /// By Hermite polynomials: |x| has the means sqrt(2/pi), and its product with x^2 - 1 the same.
  @Test
  void reluUnderAGaussian() {
    double c = 0.5 / Math.sqrt(2 * Math.PI);
    assertClose(PolynomialFit.underGaussian(PolynomialFit.RELU, 2, 0, 1), 1e-5, c, 0.5, c);
    assertClose( // relu(3x) = 3 relu(x)
        PolynomialFit.underGaussian(PolynomialFit.RELU, 2, 0, 3), 1e-4, 3 * c, 0.5, c / 3);
  }

  /// Stein: the linear coefficient of GELU under N(0, 1) is E gelu'(x) = 1/2, the constant is 1 /
  /// (2 sqrt(pi)) - c2.
  @Test
  void geluUnderAGaussian() {
    var fit = PolynomialFit.underGaussian(PolynomialFit.GELU, 2, 0, 1);
    assertThat(fit.coefficients().get(1)).isCloseTo(0.5, within(1e-9));
    double mean = fit.coefficients().get(0) + fit.coefficients().get(2);
    assertThat(mean).isCloseTo(0.5 / Math.sqrt(Math.PI), within(1e-9));
  }

  @Test
  void polynomialsAreTheirOwnFit() {
    DoubleUnaryOperator cubic = x -> 2 - x + 0.5 * x * x * x;
    assertClose(PolynomialFit.overInterval(cubic, 3, -2, 5), 1e-9, 2, -1, 0, 0.5);
    assertClose(PolynomialFit.overInterval(cubic, 5, 10, 11), 1e-3, 2, -1, 0, 0.5, 0, 0);
    assertClose(PolynomialFit.underGaussian(cubic, 4, 1, 0.5), 1e-7, 2, -1, 0, 0.5, 0);
    var fit = PolynomialFit.overInterval(cubic, 3, -2, 5);
    assertThat(fit.rmsError()).isLessThan(1e-9);
    assertThat(fit.maxError()).isLessThan(1e-9);
    assertThat(fit.value(3)).isCloseTo(cubic.applyAsDouble(3), within(1e-9));
  }

  /// The residual of a least-squares fit is orthogonal to every power.
  @Test
  void theResidualIsOrthogonal() {
    for (var function : List.of(PolynomialFit.RELU, PolynomialFit.GELU, PolynomialFit.SILU)) {
      for (int degree : new int[] {0, 1, 3, 4, 10}) {
        var fit = PolynomialFit.overInterval(function, degree, -3, 2);
        for (int power = 0; power <= degree; power++) {
          double sum = 0;
          for (int i = 0; i < 4000; i++) {
            double x = -3 + 5 * (i + 0.5) / 4000;
            double t = (x + 0.5) / 2.5;
            sum += (function.applyAsDouble(x) - fit.value(x)) * Math.pow(t, power);
          }
          assertThat(sum / 4000)
              .as("degree %d, power %d", degree, power)
              .isCloseTo(0, within(1e-7));
        }
      }
    }
  }

  @Test
  void aHigherDegreeIsNeverWorse() {
    for (var function : List.of(PolynomialFit.RELU, PolynomialFit.GELU, PolynomialFit.SILU)) {
      double last = Double.POSITIVE_INFINITY;
      for (int degree = 0; degree <= 8; degree += 2) {
        double rms = PolynomialFit.underGaussian(function, degree, 0, 1).rmsError();
        assertThat(rms).isLessThanOrEqualTo(last + 1e-12);
        last = rms;
      }
      assertThat(last).isLessThan(0.05);
    }
  }

  @Test
  void nonsenseIsRefused() {
    var relu = PolynomialFit.RELU;
    assertThatThrownBy(() -> PolynomialFit.overInterval(relu, 11, 0, 1)).hasMessageContaining("11");
    assertThatThrownBy(() -> PolynomialFit.overInterval(relu, 2, 1, 1))
        .hasMessageContaining("no interval");
    assertThatThrownBy(() -> PolynomialFit.underGaussian(relu, 2, 0, 0))
        .hasMessageContaining("deviation");
  }

  private static void assertClose(PolynomialFit fit, double tolerance, double... expected) {
    assertThat(fit.degree()).isEqualTo(expected.length - 1);
    for (int k = 0; k < expected.length; k++) {
      assertThat(fit.coefficients().get(k)).as("c%d", k).isCloseTo(expected[k], within(tolerance));
    }
  }
}
