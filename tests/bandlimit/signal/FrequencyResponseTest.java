package bandlimit.signal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;

class FrequencyResponseTest {
  /// A binomial filter of K taps is K - 1 times the average of two: |H| = cos(pi f)^(K - 1).
  @Test
  void binomialsArePowersOfACosine() {
    for (int size = 1; size <= 7; size++) {
      double[] grid = FrequencyResponse.of(Filter.binomial(size)).grid(33);
      for (int i = 0; i < grid.length; i++) {
        double expected = Math.pow(Math.cos(Math.PI * 0.5 * i / 32), size - 1);
        assertThat(grid[i]).isCloseTo(expected, within(1e-14));
      }
    }
  }

  @Test
  void theOriginTurnsThePhaseOnly() {
    var centred = FrequencyResponse.of(Filter.binomial(5));
    var delayed = new FrequencyResponse(Filter.binomial(5).taps(), 0);
    for (double f : new double[] {0, 0.1, 0.3}) {
      assertThat(centred.at(f).getImaginary()).isCloseTo(0, within(1e-15));
      assertThat(delayed.magnitude(f)).isCloseTo(centred.magnitude(f), within(1e-15));
    }
    assertThat(delayed.at(0.1).getArgument()).isCloseTo(-0.4 * Math.PI, within(1e-14));
    assertThat(centred.decibels(0.25)).isCloseTo(20 * Math.log10(0.25), within(1e-12));
  }

  @Test
  void subsamplingFoldsAllButOneBand() {
    var delta = FrequencyResponse.of(Filter.binomial(1));
    for (int down = 1; down <= 5; down++) {
      assertThat(delta.aliasEnergyRatio(down)).isCloseTo(1 - 1.0 / down, within(1e-15));
    }
  }

  /// Of 1 2 1 / 4 at stride 2: r = 6/16, 4/16, 1/16, so kept = 3/16 + 2 (4/16)/pi = 0.34655 of
  /// 0.375.
  @Test
  void theAliasOfThreeTapsByHand() {
    double ratio = FrequencyResponse.of(Filter.binomial(3)).aliasEnergyRatio(2);
    assertThat(ratio).isCloseTo(1 - (3.0 / 16 + 0.5 / Math.PI) / 0.375, within(1e-15));
  }

  @Test
  void theClosedFormIsTheIntegral() {
    var filters =
        List.of(
            Filter.binomial(4),
            Filter.binomial(7),
            FilterDesign.kaiserFor(60, 0.2, 0.05),
            new Filter(List.of(0.9, -0.3, 0.4)));
    for (Filter filter : filters) {
      var response = FrequencyResponse.of(filter);
      for (int down = 2; down <= 4; down++) {
        int points = 20_000; // midpoints of 0..0.5
        double kept = 0;
        double total = 0;
        for (int i = 0; i < points; i++) {
          double f = 0.5 * (i + 0.5) / points;
          double energy = Math.pow(response.magnitude(f), 2);
          total += energy;
          kept += f < 0.5 / down ? energy : 0;
        }
        assertThat(response.aliasEnergyRatio(down)).isCloseTo(1 - kept / total, within(1e-3));
      }
    }
  }

  @Test
  void longerFiltersAliasLess() {
    double last = 1;
    for (int size = 1; size <= 7; size++) {
      double ratio = FrequencyResponse.of(Filter.binomial(size)).aliasEnergyRatio(2);
      assertThat(ratio).isLessThan(last);
      last = ratio;
    }
    assertThat(FrequencyResponse.of(FilterDesign.kaiserFor(80, 0.2, 0.1)).aliasEnergyRatio(2))
        .isLessThan(1e-6);
  }

  @Test
  void nonsenseIsRefused() {
    var response = FrequencyResponse.of(Filter.binomial(2));
    assertThatThrownBy(() -> response.grid(1)).hasMessageContaining("got 1");
    assertThatThrownBy(() -> response.aliasEnergyRatio(0)).hasMessageContaining("got 0");
  }
}
