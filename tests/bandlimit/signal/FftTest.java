package bandlimit.signal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FftTest {
  @ParameterizedTest
  @ValueSource(
      ints = {1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 15, 16, 31, 56, 64, 97, 100, 224, 225, 509})
  void isTheDefiningSum(int n) {
    var random = new Random(n);
    double[] re = random.doubles(n, -1, 1).toArray();
    double[] im = random.doubles(n, -1, 1).toArray();
    double[] fastRe = re.clone();
    double[] fastIm = im.clone();
    var fft = new Fft(n);
    fft.forward(fastRe, fastIm);
    double tolerance = 1e-14 * n;
    for (int f = 0; f < n; f++) {
      double sumRe = 0;
      double sumIm = 0;
      for (int t = 0; t < n; t++) {
        double angle = -2 * Math.PI * ((long) f * t % n) / n;
        sumRe += re[t] * Math.cos(angle) - im[t] * Math.sin(angle);
        sumIm += re[t] * Math.sin(angle) + im[t] * Math.cos(angle);
      }
      assertThat(fastRe[f]).isCloseTo(sumRe, within(tolerance));
      assertThat(fastIm[f]).isCloseTo(sumIm, within(tolerance));
    }
    fft.inverse(fastRe, fastIm);
    assertThat(fastRe).containsExactly(re, within(1e-13));
    assertThat(fastIm).containsExactly(im, within(1e-13));
  }

  @Test
  void largeOddSizesStayAccurate() {
    int n = 100_003; // a prime
    var fft = new Fft(n);
    var re = new double[n];
    var im = new double[n];
    for (int t = 0; t < n; t++) {
      re[t] = Math.cos(2 * Math.PI * ((long) 31_337 * t % n) / n);
    }
    fft.forward(re, im);
    for (int f = 0; f < n; f++) {
      double expected = f == 31_337 || f == n - 31_337 ? n / 2.0 : 0;
      assertThat(Math.hypot(re[f] - expected, im[f])).isLessThan(1e-11 * n);
    }
  }

  @Test
  void energyIsKept() {
    int n = 45;
    double[] re = new Random(1).doubles(n).toArray();
    double[] im = new double[n];
    double before = energy(re, im);
    new Fft(n).forward(re, im);
    assertThat(energy(re, im) / n).isCloseTo(before, within(1e-12));
  }

  @Test
  void aWrongLengthIsRefused() {
    assertThatThrownBy(() -> new Fft(0)).hasMessageContaining("got 0");
    assertThatThrownBy(() -> new Fft(4).forward(new double[4], new double[3]))
        .hasMessageContaining("expected 4");
  }

  private static double energy(double[] re, double[] im) {
    double sum = 0;
    for (int i = 0; i < re.length; i++) {
      sum += re[i] * re[i] + im[i] * im[i];
    }
    return sum;
  }
}
