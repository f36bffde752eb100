package bandlimit.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ProportionTest {
  private static final double Z95 = 1.959963984540054;

  /// Wilson's bounds are the roots of (p - s/n)^2 = z^2 p (1 - p) / n.
  @ParameterizedTest
  @CsvSource({"81, 263", "1, 2", "5, 10", "9876, 10000", "1, 10000", "499999999, 1000000000"})
  void theBoundsSolveTheScoreEquation(long successes, long trials) {
    var proportion = new Proportion(successes, trials);
    var interval = proportion.interval(0.95);
    for (double p : new double[] {interval.low(), interval.high()}) {
      double score = (proportion.value() - p) / Math.sqrt(p * (1 - p) / trials);
      assertThat(Math.abs(score)).isCloseTo(Z95, within(1e-4));
    }
    assertThat(interval.low()).isLessThan(proportion.value());
    assertThat(interval.high()).isGreaterThan(proportion.value());
  }

  @Test
  void aPublishedValue() { // Newcombe 1998, table I: 81 of 263 gives 0.2553 to 0.3662
    var interval = new Proportion(81, 263).interval(0.95);
    assertThat(interval.low()).isCloseTo(0.2553, within(5e-5));
    assertThat(interval.high()).isCloseTo(0.3662, within(5e-5));
  }

  @Test
  void noneAndAllKeepAWidthAndStayInside() {
    for (int trials : new int[] {1, 2, 7, 100, 10_000, 1_000_000_000}) {
      var none = new Proportion(0, trials).interval(0.95);
      var all = new Proportion(trials, trials).interval(0.95);
      double width = Z95 * Z95 / (trials + Z95 * Z95);
      assertThat(none.low()).isEqualTo(0);
      assertThat(none.high()).isCloseTo(width, within(width * 1e-6));
      assertThat(all.high()).isEqualTo(1);
      assertThat(all.low()).isCloseTo(1 - width, within(width * 1e-6 + 1e-15));
    }
  }

  /// What the interval promises, by summing over every outcome of 40 trials.
  @Test
  void theCoverageIsCloseToTheConfidence() {
    double mean = 0;
    int points = 0;
    for (double p = 0.05; p < 0.951; p += 0.01) {
      double covered = 0;
      double mass = Math.pow(1 - p, 40);
      for (int k = 0; k <= 40; k++) {
        var interval = new Proportion(k, 40).interval(0.95);
        covered += interval.low() <= p && p <= interval.high() ? mass : 0;
        mass *= (40.0 - k) / (k + 1) * p / (1 - p);
      }
      assertThat(covered).as("p %g", p).isBetween(0.90, 1.0);
      mean += covered;
      points++;
    }
    assertThat(mean / points).isBetween(0.945, 0.96);
  }

  @Test
  void countsAndPercents() {
    var proportion = Proportion.of(new boolean[] {true, false, true, true});
    assertThat(proportion).isEqualTo(new Proportion(3, 4));
    assertThat(proportion.value()).isEqualTo(0.75);
    assertThat(proportion.percent()).isEqualTo(75);
  }

  @Test
  void nonsenseIsRefused() {
    assertThatThrownBy(() -> new Proportion(0, 0)).hasMessageContaining("0 of 0");
    assertThatThrownBy(() -> new Proportion(3, 2)).hasMessageContaining("3 of 2");
    assertThatThrownBy(() -> new Proportion(-1, 2)).hasMessageContaining("-1 of 2");
    assertThatThrownBy(() -> new Proportion(1, 1L << 31)).hasMessageContaining("at most");
    assertThatThrownBy(() -> new Proportion(1, 2).interval(95)).hasMessageContaining("95");
  }
}
