package bandlimit.signal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class GainTest {
  /// A circular blur is diagonal in the Fourier basis: its singular values are |H| at f = j / n.
  @Test
  void aCircularBlurHasItsFrequencyResponseAsSingularValues() {
    int n = 12;
    for (int size = 1; size <= 7; size++) {
      var filter = Filter.binomial(size);
      var pad = Boundary.CIRCULAR.toMatrix(filter.padBefore(), filter.padAfter(), n);
      var blur = Resampler.decimate(filter.taps(), 1).toMatrix(n + size - 1).multiply(pad);
      var response = FrequencyResponse.of(filter);
      double[] expected = new double[n];
      Arrays.setAll(expected, j -> response.magnitude((double) j / n));
      Arrays.sort(expected);
      double[] values = Gain.singularValues(blur);
      for (int j = 0; j < n; j++) {
        assertThat(values[j]).isCloseTo(expected[n - 1 - j], within(1e-12));
      }
    }
  }

  @Test
  void theNormIsReachedAndNeverExceeded() {
    var random = new Random(3);
    var resampler = new Resampler(List.of(0.3, -1.2, 0.4, 2.0), 2, 3, 1, 2);
    double norm = Gain.operatorNorm(resampler, 15);
    var matrix = resampler.toMatrix(15);
    double best = 0;
    double[] x = random.doubles(15, -1, 1).toArray();
    for (int i = 0; i < 300; i++) { // the power method
      double length = norm(x);
      double[] y = matrix.operate(Arrays.stream(x).map(v -> v / length).toArray());
      best = norm(y);
      assertThat(best).isLessThanOrEqualTo(norm + 1e-12);
      x = matrix.transpose().operate(y);
    }
    assertThat(best).isCloseTo(norm, within(1e-9));
    assertThat(Gain.singularValues(resampler, 15))
        .isSortedAccordingTo((a, b) -> Double.compare(b, a));
  }

  /// A transposed map stretches as much as the map itself.
  @Test
  void theAdjointHasTheSameNorm() {
    var resampler = Resampler.decimate(Filter.binomial(5).taps(), 2);
    assertThat(Gain.operatorNorm(resampler.transpose(17), resampler.outLength(17)))
        .isCloseTo(Gain.operatorNorm(resampler, 17), within(1e-13));
  }

  @Test
  void reflectionCanStretchAtTheBorderCircularCannot() {
    var three = Resampler.decimate(Filter.binomial(3).taps(), 1);
    assertThat(Gain.operatorNorm(Boundary.CIRCULAR, 1, 1, three, 8)).isCloseTo(1, within(1e-12));
    assertThat(Gain.operatorNorm(Boundary.ZERO, 1, 1, three, 8)).isLessThan(1);
    assertThat(Gain.operatorNorm(Boundary.REFLECT, 1, 1, three, 8)).isGreaterThan(1.001);
  }

  private static double norm(double[] x) {
    return Math.sqrt(Arrays.stream(x).map(v -> v * v).sum());
  }
}
