package bandlimit.signal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class IdealResamplerTest {
  private static double[] random(int n) {
    return new Random(n).doubles(n, -1, 1).toArray();
  }

  private static double[] apply(IdealResampler r, double[] x) {
    assertThat(x).hasSize(r.in());
    var matrix = r.matrix();
    var y = new double[r.out()];
    for (int o = 0; o < r.out(); o++) {
      for (int i = 0; i < r.in(); i++) {
        y[o] += matrix.get(r.transposed() ? i * r.from() + o : o * r.from() + i) * x[i];
      }
    }
    return y;
  }

  /// The trigonometric interpolation of x, read at `at`, of the bands that lie below `band`/2.
  private static double interpolated(double[] x, double at, int band, double edge) {
    int n = x.length;
    double sum = 0;
    for (int f = -(band / 2); 2 * f <= band; f++) {
      double gain = 2 * Math.abs(f) < band ? 1 : edge;
      for (int i = 0; i < n; i++) {
        sum += gain * x[i] * Math.cos(2 * Math.PI * f * (at - i) / n) / n;
      }
    }
    return sum;
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 7, 8, 14, 31})
  void everyKindReadsTheInterpolation(int n) {
    var x = random(n);
    double half = 0.5;
    for (int m = 1; m <= 2 * n + 1; m++) {
      int size = m;
      var y = apply(IdealResampler.resize(n, m), x);
      assertClose(
          y, j -> interpolated(x, (double) j * n / size, Math.min(n, size), size >= n ? half : 0));
    }
    int m = Math.ceilDiv(n, 2);
    assertClose(
        apply(IdealResampler.lowpass(n, m), x), j -> interpolated(x, j, m, m < n ? 0 : half));
    assertClose(apply(IdealResampler.down(n, 2), x), j -> interpolated(x, 2.0 * j, m, 0));
    assertClose(apply(IdealResampler.shift(n, 0.37), x), j -> interpolated(x, j - 0.37, n, half));
  }

  private static void assertClose(double[] y, java.util.function.IntToDoubleFunction expected) {
    for (int j = 0; j < y.length; j++) {
      assertThat(y[j]).isCloseTo(expected.applyAsDouble(j), within(1e-13));
    }
  }

  /// Upsampling keeps the samples, whatever the parity.
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 5, 8, 14, 33})
  void upsamplingKeepsTheSamples(int n) {
    var x = random(n);
    for (int u = 1; u <= 4; u++) {
      int factor = u;
      var y = apply(IdealResampler.up(n, u), x);
      var kept = IntStream.range(0, n).mapToDouble(i -> y[i * factor]).toArray();
      assertThat(kept).containsExactly(x, within(1e-14));
    }
  }

  /// A circular shift of the input, by any distance, is that shift of the result. What has no shift
  /// is an even period's Nyquist frequency, which decimation drops.
  @ParameterizedTest
  @ValueSource(ints = {4, 7, 8, 15, 28, 56})
  void resizingCommutesWithEveryShift(int n) {
    var x = apply(IdealResampler.lowpass(n, n % 2 == 0 ? n - 1 : n), random(n));
    for (double distance : List.of(1.0, 0.5, 0.25, 1 / 3.0, 0.37, -2.71)) {
      for (int m : List.of(Math.ceilDiv(n, 2), n, n + n / 2 + 1, 2 * n)) {
        var r = IdealResampler.resize(n, m);
        var first = apply(r, apply(IdealResampler.shift(n, distance), x));
        var then = apply(IdealResampler.shift(m, distance * m / n), apply(r, x));
        assertThat(first).containsExactly(then, within(1e-13));
      }
    }
  }

  /// The negative control: samples taken without the low-pass do not.
  @Test
  void plainDecimationDoesNot() {
    int n = 28;
    var x = apply(IdealResampler.lowpass(n, n - 1), random(n));
    var shifted = apply(IdealResampler.shift(n, 0.5), x);
    var first = IntStream.range(0, n / 2).mapToDouble(i -> shifted[2 * i]).toArray();
    var plain = IntStream.range(0, n / 2).mapToDouble(i -> x[2 * i]).toArray();
    var then = apply(IdealResampler.shift(n / 2, 0.25), plain);
    double most =
        IntStream.range(0, n / 2)
            .mapToDouble(i -> Math.abs(first[i] - then[i]))
            .max()
            .orElseThrow();
    assertThat(most).isGreaterThan(1e-2);
  }

  @Test
  void theTransposeIsTheAdjoint() {
    for (var r :
        List.of(
            IdealResampler.up(5, 3),
            IdealResampler.down(8, 2),
            IdealResampler.resize(9, 14),
            IdealResampler.shift(6, 0.3))) {
      var x = random(r.in());
      var y = random(r.out() + 100);
      var cotangent = java.util.Arrays.copyOf(y, r.out());
      double forward = dot(apply(r, x), cotangent);
      assertThat(dot(x, apply(r.transpose(), cotangent))).isCloseTo(forward, within(1e-13));
      assertThat(r.transpose().transpose()).isEqualTo(r);
    }
  }

  private static double dot(double[] a, double[] b) {
    return IntStream.range(0, a.length).mapToDouble(i -> a[i] * b[i]).sum();
  }

  /// Kernels fold axes by this.
  @Test
  void mirroredMatricesAreSymmetric() {
    for (var r :
        List.of(
            IdealResampler.up(5, 2),
            IdealResampler.down(8, 2),
            IdealResampler.resize(9, 14),
            IdealResampler.lowpass(7, 4),
            IdealResampler.down(7, 2),
            IdealResampler.shift(6, 0.3))) {
      var matrix = r.matrix();
      double apart = 0;
      for (int j = 0; j < r.to(); j++) {
        for (int i = 0; i < r.from(); i++) {
          int mirror = (r.to() - j) % r.to() * r.from() + (r.from() - i) % r.from();
          apart = Math.max(apart, Math.abs(matrix.get(j * r.from() + i) - matrix.get(mirror)));
        }
      }
      if (r.isMirrored()) {
        assertThat(apart).isLessThan(1e-14);
      } else {
        assertThat(apart).isGreaterThan(1e-2);
      }
    }
  }

  @Test
  void whatIsNoResamplingIsRefused() {
    assertThatThrownBy(() -> IdealResampler.resize(0, 3))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("0 samples to 3");
    assertThatThrownBy(() -> IdealResampler.lowpass(4, 5))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void onlyTheIdentityIsOne() {
    assertThat(IdealResampler.identity(6).isIdentity()).isTrue();
    assertThat(IdealResampler.down(6, 1).isIdentity()).isTrue();
    assertThat(IdealResampler.lowpass(6, 5).isIdentity()).isFalse();
    assertThat(IdealResampler.shift(6, 0.5).isIdentity()).isFalse();
  }
}
