package bandlimit.signal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import java.util.stream.DoubleStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class FilterTest {
  private static final double[] EVEN = {0, 1, 4, 9, 16, 25, 36, 49};
  private static final double[] ODD = {0, 1, 4, 9, 16, 25, 36};

  @ParameterizedTest
  @CsvSource({
    "1, 1,   1,             0, 0",
    "2, 2,   1 1,           0, 1",
    "3, 4,   1 2 1,         1, 1",
    "4, 8,   1 3 3 1,       1, 2",
    "5, 16,  1 4 6 4 1,     2, 2",
    "6, 32,  1 5 10 10 5 1, 2, 3",
    "7, 64,  1 6 15 20 15 6 1, 3, 3"
  })
  void binomialRowsAndTheirPadding(int size, int sum, String row, int before, int after) {
    var filter = Filter.binomial(size);
    assertThat(filter.taps()).isEqualTo(numbers(row).map(v -> v / sum).boxed().toList());
    assertThat(filter.padBefore()).isEqualTo(before);
    assertThat(filter.padAfter()).isEqualTo(after);
  }

  @Test
  void tapsSumToOneExactlyAndNyquistIsSilenced() {
    for (int size = 1; size <= 7; size++) {
      var filter = Filter.binomial(size);
      assertThat(filter.taps().stream().mapToDouble(t -> t).sum()).isEqualTo(1);
      var response = FrequencyResponse.of(filter);
      assertThat(response.magnitude(0)).isEqualTo(1);
      assertThat(response.magnitude(0.5)).isCloseTo(size == 1 ? 1 : 0, within(1e-15));
    }
  }

  @Test
  void tapsThatAreNoLowPassAreRefused() {
    assertThatThrownBy(() -> new Filter(List.of())).hasMessageContaining("at least one tap");
    assertThatThrownBy(() -> new Filter(List.of(1.0, 1.0))).hasMessageContaining("got 2.0");
    assertThatThrownBy(() -> new Filter(List.of(Double.NaN))).hasMessageContaining("sum to 1");
    assertThatThrownBy(() -> Filter.binomial(0)).hasMessageContaining("got 0");
  }

  /// Stride 2, reflect; 0, 1, 4, 9, ... so that every misplaced tap shows.
  @ParameterizedTest
  @CsvSource({
    "1, 0 4 16 36,            0 4 16 36",
    "2, .5 6.5 20.5 42.5,     .5 6.5 20.5 30.5",
    "3, .5 4.5 16.5 36.5,     .5 4.5 16.5 30.5",
    "4, 1 7 21 39.5,          1 7 21 28",
    "5, 1 5 17 35.25,         1 5 17 28",
    "6, 1.5 7.5 21.5 37.375,  1.5 7.5 20.75 26.25",
    "7, 1.5 5.5 17.5 34,      1.5 5.5 17.125 26.25"
  })
  void blurPoolOfSquares(int size, String even, String odd) {
    assertThat(blurPool(EVEN, size, 2, Boundary.REFLECT)).containsExactly(values(even));
    assertThat(blurPool(ODD, size, 2, Boundary.REFLECT)).containsExactly(values(odd));
  }

  /// The toy of Zhang 2019: a max of two at stride 1, then three taps at stride 2, circular.
  @Test
  void maxBlurPoolOfTheToySignal() {
    double[] z = {0, 0, 1, 1, 0, 0, 1, 1};
    double[] shifted = {1, 0, 0, 1, 1, 0, 0, 1};
    assertThat(blurPool(circularMax(z), 1, 2, Boundary.CIRCULAR)).containsExactly(0, 1, 0, 1);
    assertThat(blurPool(circularMax(shifted), 1, 2, Boundary.CIRCULAR)).containsExactly(1, 1, 1, 1);
    assertThat(blurPool(circularMax(z), 3, 2, Boundary.CIRCULAR)).containsExactly(.5, 1, .5, 1);
    assertThat(blurPool(circularMax(shifted), 3, 2, Boundary.CIRCULAR))
        .containsExactly(.75, .75, .75, .75);
  }

  @ParameterizedTest
  @EnumSource(Boundary.class)
  void constantsStayUnlessPaddedByZeros(Boundary boundary) {
    double[] ones = new double[9];
    Arrays.fill(ones, 1);
    for (int size = 2; size <= 7; size++) {
      double first = blurPool(ones, size, 1, boundary)[0];
      boolean darkens = boundary == Boundary.ZERO && size > 2; // 2 taps pad only at the far end
      assertThat(first < 1).as("%d taps", size).isEqualTo(darkens);
    }
  }

  @Test
  void theLengthIsTheSizeOverTheStrideRoundedUp() {
    for (int n = 7; n < 20; n++) {
      for (int size = 1; size <= 7; size++) {
        for (int stride = 1; stride <= 4; stride++) {
          assertThat(blurPool(new double[n], size, stride, Boundary.REFLECT))
              .hasSize((n + stride - 1) / stride);
        }
      }
    }
  }

  /// With circular padding, blur-pool after a shift by the stride is a shift by one after it.
  @Test
  void circularBlurPoolCommutesWithShiftsByTheStride() {
    double[] x = {3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8};
    for (int size = 1; size <= 7; size++) {
      for (int stride = 1; stride <= 4; stride++) {
        double[] shiftedFirst = blurPool(shift(x, stride), size, stride, Boundary.CIRCULAR);
        double[] shiftedLast = shift(blurPool(x, size, stride, Boundary.CIRCULAR), 1);
        assertThat(shiftedFirst).containsExactly(shiftedLast);
      }
    }
    assertThat(blurPool(shift(x, 1), 3, 2, Boundary.CIRCULAR)) // and with no other shift
        .isNotEqualTo(blurPool(x, 3, 2, Boundary.CIRCULAR));
  }

  private static double[] blurPool(double[] x, int size, int stride, Boundary boundary) {
    var filter = Filter.binomial(size);
    double[] padded = boundary.toMatrix(filter.padBefore(), filter.padAfter(), x.length).operate(x);
    return Resampler.decimate(filter.taps(), stride).toMatrix(padded.length).operate(padded);
  }

  private static double[] circularMax(double[] x) {
    var y = new double[x.length];
    Arrays.setAll(y, i -> Math.max(x[i], x[(i + 1) % x.length]));
    return y;
  }

  private static double[] shift(double[] x, int by) {
    var y = new double[x.length];
    Arrays.setAll(y, i -> x[Math.floorMod(i - by, x.length)]);
    return y;
  }

  private static double[] values(String text) {
    return numbers(text).toArray();
  }

  private static DoubleStream numbers(String text) {
    return Arrays.stream(text.split(" ")).mapToDouble(Double::parseDouble);
  }
}
