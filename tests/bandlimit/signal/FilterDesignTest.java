package bandlimit.signal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FilterDesignTest {
  private static final List<Window> WINDOWS =
      List.of(
          new Window.Rectangular(),
          new Window.Hann(),
          new Window.Hamming(),
          new Window.Blackman(),
          new Window.Kaiser(6));

  @Test
  void everyDesignPassesConstantsIsSymmetricAndHalvesAtTheCutoff() {
    for (Window window : WINDOWS) {
      for (int taps = 1; taps <= 40; taps++) {
        for (double cutoff : new double[] {0.5, 0.25, 0.125, 0.1}) {
          if (taps == 2 && window.at(1) < 1e-9) {
            continue; // both taps stand where the window is 0; refused below
          }
          Filter filter = FilterDesign.windowedSinc(taps, cutoff, window);
          var response = FrequencyResponse.of(filter);
          String what = "%s, %d taps, cutoff %g".formatted(window, taps, cutoff);
          assertThat(filter.taps().stream().mapToDouble(t -> t).sum())
              .as(what)
              .isCloseTo(1, within(Math.ulp(1.0)));
          for (int k = 0; k < taps; k++) {
            assertThat(filter.taps().get(k))
                .as(what)
                .isCloseTo(filter.taps().get(taps - 1 - k), within(1e-15));
          }
          if (cutoff == 0.25 && taps > 30 && !(window instanceof Window.Rectangular)) {
            assertThat(response.magnitude(cutoff)).as(what).isCloseTo(0.5, within(0.002));
          }
        }
      }
    }
  }

  /// The attenuation beyond the transition is what each window is known for.
  @ParameterizedTest
  @CsvSource({"0, 20, 22", "1, 43.5, 45.5", "2, 50, 57", "3, 73, 78"})
  void theWindowDecidesTheAttenuation(int window, double least, double most) {
    var response = FrequencyResponse.of(FilterDesign.windowedSinc(101, 0.25, WINDOWS.get(window)));
    double attenuation = -20 * Math.log10(response.peak(0.25 + 3.0 / 101, 0.5));
    // the main lobes of the wide windows end later; the narrow ones' first side lobe counts
    double first = -20 * Math.log10(response.peak(0.25 + firstNull(window) / 101, 0.5));
    assertThat(Math.min(attenuation, first)).isBetween(least, most);
  }

  private static double firstNull(int window) {
    return new double[] {0.55, 1.6, 1.65, 2.8}[window];
  }

  @ParameterizedTest
  @CsvSource({"30, .25, .1", "40, .125, .05", "60, .25, .05", "80, .1, .08", "100, .25, .2"})
  void aKaiserDesignKeepsItsPromise(double attenuationDb, double cutoff, double width) {
    Filter filter = FilterDesign.kaiserFor(attenuationDb, cutoff, width);
    var response = FrequencyResponse.of(filter);
    assertThat(filter.size()).isOdd();
    assertThat(-20 * Math.log10(response.peak(cutoff + width / 2, 0.5)))
        .isGreaterThan(attenuationDb - 1.0); // Kaiser's rules are empirical
    // frequency 0 lies on the ripple too and is scaled to 1
    double ripple = Math.pow(10, -(attenuationDb - 1) / 20);
    assertThat(response.peak(0, cutoff - width / 2)).isLessThan(1 + 2 * ripple);
    assertThat(response.magnitude(cutoff - width / 2)).isGreaterThan(1 - 2 * ripple);
  }

  /// Known from other implementations of Kaiser's rules: 65 dB over 0.0048 of the sampling rate.
  @Test
  void kaisersRulesAtKnownPoints() {
    assertThat(FilterDesign.kaiserBeta(65)).isCloseTo(6.20426, within(1e-5));
    assertThat(FilterDesign.kaiserBeta(30)).isCloseTo(2.11662, within(1e-4));
    assertThat(FilterDesign.kaiserBeta(20)).isZero();
    assertThat(FilterDesign.kaiserTaps(65, 0.024)).isEqualTo(167);
    assertThat(FilterDesign.kaiserAttenuationDb(167, 0.024)).isBetween(65.0, 66.0);
    assertThat(Window.Kaiser.besselI0(1)).isCloseTo(1.2660658777520082, within(1e-15));
    assertThat(Window.Kaiser.besselI0(10) / 2815.716628466254).isCloseTo(1, within(1e-14));
  }

  @Test
  void aKaiserDesignOfGivenLengthTradesWidthForAttenuation() {
    double wide = FrequencyResponse.of(FilterDesign.kaiser(25, 0.25, 0.15)).peak(0.325, 0.5);
    double narrow = FrequencyResponse.of(FilterDesign.kaiser(25, 0.25, 0.08)).peak(0.29, 0.5);
    assertThat(wide).isLessThan(narrow / 10);
  }

  @Test
  void whatCannotBeDesignedIsRefused() {
    var hann = new Window.Hann();
    assertThatThrownBy(() -> FilterDesign.windowedSinc(0, 0.25, hann)).hasMessageContaining("taps");
    assertThatThrownBy(() -> FilterDesign.windowedSinc(5, 0.6, hann)).hasMessageContaining("0.6");
    assertThatThrownBy(() -> FilterDesign.windowedSinc(5, Double.NaN, hann))
        .hasMessageContaining("NaN");
    assertThatThrownBy(() -> FilterDesign.windowedSinc(2, 0.25, hann))
        .hasMessageContaining("too few");
    assertThatThrownBy(() -> FilterDesign.kaiserTaps(60, 0)).hasMessageContaining("transition");
    assertThatThrownBy(() -> FilterDesign.kaiserTaps(60, 1e-9)).hasMessageContaining("taps");
    assertThatThrownBy(() -> new Window.Kaiser(-1)).hasMessageContaining("beta");
  }
}
