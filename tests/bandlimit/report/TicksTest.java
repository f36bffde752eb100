package bandlimit.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class TicksTest {
  @Test
  void coversAnyRangeWithAFewRoundNumbers() {
    var random = new SplittableRandom(1);
    for (int i = 0; i < 10_000; i++) {
      double low = (random.nextDouble() - 0.5) * Math.pow(10, random.nextInt(-6, 7));
      double high = low + random.nextDouble() * Math.pow(10, random.nextInt(-6, 7));
      Ticks ticks = Ticks.covering(low, high, 5, 1e-9);
      double slack = (ticks.high() - ticks.low()) * 1e-5;
      assertThat(ticks.low()).isLessThanOrEqualTo(low + slack);
      assertThat(ticks.high()).isGreaterThanOrEqualTo(high - slack);
      assertThat(ticks.values()).hasSizeBetween(2, 8);
    }
  }

  @Test
  void labelsHaveTheDigitsThatTellTicksApart() {
    Ticks ticks = Ticks.covering(92.3, 93.1, 5, 1e-9);
    assertThat(ticks.values().stream().map(ticks::label))
        .containsExactly("92.2", "92.4", "92.6", "92.8", "93.0", "93.2");
  }

  @Test
  void smallRatesAreWrittenWithPowersOfTen() {
    Ticks ticks = Ticks.covering(0, 8.1e-5, 5, 1e-9);
    assertThat(ticks.values().stream().map(ticks::label))
        .startsWith("0", "2.0e−05", "4.0e−05")
        .allMatch(label -> label.length() <= 7);
  }

  @Test
  void oneValueStillMakesAnAxis() {
    for (double value : new double[] {0, 5, -3, 1e-12}) {
      Ticks ticks = Ticks.covering(value, value, 5, 1e-9);
      assertThat(ticks.high()).isGreaterThan(ticks.low());
      assertThat(ticks.position(value)).isBetween(-1e-3, 1.001);
    }
  }

  @Test
  void epochsAreWholeNumbers() {
    assertThat(Ticks.covering(1, 4, 8, 1).values()).containsExactly(1.0, 2.0, 3.0, 4.0);
  }
}
