package bandlimit.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import bandlimit.config.Loss;
import bandlimit.tensor.HostTensor;
import bandlimit.tensor.Shape;
import org.apache.commons.math3.distribution.TDistribution;
import org.junit.jupiter.api.Test;

class ErrorsTest {
  private static final Shape SHAPE = Shape.of(10, 1);
  private static final float[] SAID = {1, -1, 2, -2, 3, -3, 5, -5, 9, 100};

  private static Errors errors(Loss loss) {
    var errors = new Errors(loss, 1);
    var truth = HostTensor.of(SHAPE, new float[10]);
    for (int row = 0; row < 9; row++) { // the tenth is padding
      errors.add(HostTensor.of(SHAPE, SAID), truth, row, 1);
    }
    return errors;
  }

  @Test
  void meansAreOverRows() {
    var errors = errors(new Loss.Huber(2.5, true));
    assertThat(errors.samples()).isEqualTo(9);
    assertThat(errors.mae()).isCloseTo(31 / 9.0, within(1e-12));
    assertThat(errors.rmse()).isCloseTo(Math.sqrt(159 / 9.0), within(1e-12));
    double lines = 2.5 * (3 + 3 + 5 + 5 + 9 - 5 * 1.25);
    assertThat(errors.loss()).isCloseTo((1 + 4 + lines) / 9, within(1e-12));
    assertThat(errors(new Loss.Mse(true)).loss()).isCloseTo(159 / 9.0, within(1e-12));
    assertThat(errors(new Loss.Mae(true)).loss()).isCloseTo(31 / 9.0, within(1e-12));
  }

  @Test
  void theIntervalIsOverStretchesThatAreIndependent() {
    var apart = errors(new Loss.Mae(true)).interval(0.95, 1);
    var pairs = errors(new Loss.Mae(true)).interval(0.95, 2);
    // means 1, 2, 3 and 5; the ninth sample is no whole stretch
    double half =
        new TDistribution(3).inverseCumulativeProbability(0.975) * Math.sqrt(8.75 / 3 / 4);
    assertThat(pairs.low()).isCloseTo(2.75 - half, within(1e-9));
    assertThat(pairs.high()).isCloseTo(2.75 + half, within(1e-9));
    assertThat(apart.high() - apart.low()).isNotCloseTo(2 * half, within(0.1));
  }

  @Test
  void severalNumbersAndColumnsCountByTheirMean() {
    var errors = new Errors(new Loss.Mae(true), 2);
    var said = HostTensor.of(Shape.of(2, 2), 1f, 10f, 3f, 30f);
    errors.add(said, HostTensor.of(Shape.of(2, 2), 0f, 0f, 0f, 0f), 0, 2);
    assertThat(errors.samples()).isEqualTo(1);
    assertThat(errors.count()).isEqualTo(2);
    assertThat(errors.mae(0)).isEqualTo(2);
    assertThat(errors.mae(1)).isEqualTo(20);
    assertThat(errors.mae()).isEqualTo(11);
    assertThat(errors.rmse()).isCloseTo(Math.sqrt(1010 / 4.0), within(1e-12));
    assertThat(errors.loss()).isEqualTo(11);
  }
}
