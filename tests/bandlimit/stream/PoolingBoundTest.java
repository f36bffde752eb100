package bandlimit.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.function.IntToDoubleFunction;
import org.junit.jupiter.api.Test;

/// The bound holds for every phase of every kind of pool, and is nearly reached.
class PoolingBoundTest {
  private static final int LENGTH = 2048;

  private static double[] cosines(int tones, double rate) {
    var x = new double[LENGTH];
    for (int i = 0; i < LENGTH; i++) {
      for (int k = 1; k <= tones; k++) {
        x[i] += Math.cos(2 * Math.PI * k * i / rate + k) / tones;
      }
    }
    return x;
  }

  /// What a pool of `length` samples answers beginning at a sample: one sample, maximum or mean.
  private static IntToDoubleFunction pool(double[] x, int length, String kind) {
    return first -> {
      double sum = 0;
      double most = Double.NEGATIVE_INFINITY;
      for (int i = first; i < first + length; i++) {
        sum += x[i];
        most = Math.max(most, x[i]);
      }
      return switch (kind) {
        case "sample" -> x[first];
        case "max" -> most;
        default -> sum / length;
      };
    };
  }

  private static double worst(double[] x, int length, String kind) {
    var pool = pool(x, length, kind);
    double worst = 0;
    for (int shift = 1; shift < length; shift++) { // every wrong phase
      for (int i = 0; i + shift + length <= LENGTH; i++) {
        worst = Math.max(worst, Math.abs(pool.applyAsDouble(i + shift) - pool.applyAsDouble(i)));
      }
    }
    return worst;
  }

  @Test
  void noPoolErrsMore() {
    for (double rate : new double[] {64, 256}) {
      for (int tones : new int[] {1, 5}) {
        var x = cosines(tones, rate);
        for (int length : new int[] {2, 4, 8}) {
          double bound = PoolingBound.error(length, 1, tones, rate);
          for (String kind : new String[] {"sample", "max", "mean"}) {
            assertThat(worst(x, length, kind)).isLessThanOrEqualTo(bound);
          }
        }
      }
    }
  }

  @Test
  void aCosineReachesIt() {
    double bound = PoolingBound.error(2, 1, 1, 256);
    assertThat(worst(cosines(1, 256), 2, "sample")).isCloseTo(bound, within(1e-3 * bound));
  }

  @Test
  void saturates() {
    assertThat(PoolingBound.relativeError(4, 100, 100)).isEqualTo(6);
    assertThat(PoolingBound.error(1, 3, 100, 100)).isZero();
    assertThat(PoolingBound.step(3, 1, 8)).isCloseTo(2 * Math.PI * 3 / 8, within(1e-12));
    assertThatThrownBy(() -> PoolingBound.error(0, 1, 1, 1)).hasMessageContaining("got 0");
    assertThatThrownBy(() -> PoolingBound.step(Double.NaN, 1, 1)).hasMessageContaining("NaN");
  }
}
