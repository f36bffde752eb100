package bandlimit.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class MeanDeviationTest {
  @Test
  void theDeviationDividesByOneLess() {
    var sample = MeanDeviation.of(2, 4, 4, 4, 5, 5, 7, 9);
    assertThat(sample.count()).isEqualTo(8);
    assertThat(sample.mean()).isEqualTo(5);
    assertThat(sample.deviation()).isCloseTo(Math.sqrt(32.0 / 7), within(1e-15));
  }

  /// Student's t for 2 degrees of freedom has a closed form: 4.302653 at 95 %.
  @Test
  void theIntervalIsStudents() {
    var sample = MeanDeviation.of(1, 2, 3);
    double half = 4.302652729911275 / Math.sqrt(3);
    assertThat(sample.interval(0.95).low()).isCloseTo(2 - half, within(1e-8));
    assertThat(sample.interval(0.95).high()).isCloseTo(2 + half, within(1e-8));
  }

  @Test
  void aLargeOffsetDoesNotEatTheSpread() {
    assertThat(MeanDeviation.of(1e9, 1e9 + 1, 1e9 + 2).deviation()).isCloseTo(1, within(1e-9));
  }

  @Test
  void oneValueHasNoSpreadAndSaysNothing() {
    var sample = MeanDeviation.of(3);
    assertThat(sample.deviation()).isZero();
    assertThat(sample.interval(0.95).low()).isEqualTo(Double.NEGATIVE_INFINITY);
    assertThatThrownBy(MeanDeviation::of).hasMessageContaining("at least one value");
  }
}
