package bandlimit.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import bandlimit.signal.PanTompkins;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class EventMatchTest {
  private static EventMatch match(double[] found, int... truth) {
    return EventMatch.of(found, truth, 0.15, 100); // 15 samples
  }

  @Test
  void everyEventIsMatchedOnceAndByTheNearest() {
    var match = match(new double[] {88, 101, 215, 216, 300}, 100, 200, 400);
    assertThat(match.sensitivity().hits()).as("100 and 200, which 215 still reaches").isEqualTo(2);
    assertThat(match.sensitivity().count()).isEqualTo(3);
    assertThat(match.predictivity().count()).isEqualTo(5);
    assertThat(match.meanMs()).as("1 and 15 samples late").isEqualTo(80);
    assertThat(match.stdMs()).isCloseTo(70, within(1e-9));
  }

  @Test
  void nothingFoundAndNothingThere() {
    assertThat(match(new double[0], 5).sensitivity().percent()).isZero();
    assertThat(match(new double[] {3}).predictivity().hits()).isZero();
    assertThat(match(new double[0]).sensitivity().count()).isZero();
  }

  @Test
  void phasesCountWhatAllOfThemFound() {
    double[] first = {10, 101, 300};
    double[] second = {16, 99, 150, 340};
    var phases = EventReport.Phases.of(List.of(first, second), new int[] {12, 100, 302}, 0.15, 100);
    assertThat(phases.phases()).isEqualTo(2);
    assertThat(phases.events()).as("302 was found by the first alone").isEqualTo(2);
    // halves of the differences, 6 and 2 samples of 10 ms: 30 and 10 ms
    assertThat(phases.jitterMs()).isCloseTo(Math.sqrt((900 + 100) / 2.0), within(1e-9));
    assertThat(phases.widestMs()).isCloseTo(60, within(1e-9));
    assertThat(phases.sensitivity()).isCloseTo(200 / 3.0, within(1e-9));
    assertThat(phases.predictivity()).isCloseTo(50, within(1e-9));
  }

  @Test
  void runsOfColumnsBecomeMoments() {
    var picker = new EventPicker(20);
    double[] p = {0, 0.9, 0.9, 0.1, 0.6, 0, 0, 0, 0.7, 0.8};
    for (int i = 0; i < p.length; i++) {
      picker.add(8 * i, p[i]);
    }
    // 32 comes 20 after 12 and stays; the last run ends with the signal
    assertThat(picker.found()).containsExactly(12, 32, (0.7 * 64 + 0.8 * 72) / 1.5);
    var close = new EventPicker(21);
    for (int i = 0; i < 6; i++) {
      close.add(8 * i, p[i]);
    }
    assertThat(close.found()).as("the more probable one of two").containsExactly(12);
  }

  /// Beats of several widths over a wandering line with T waves, and at another rate.
  @Test
  void panAndTompkinsFindBeats() {
    for (double rate : new double[] {128, 360}) {
      int[] beats =
          IntStream.range(1, 60).map(i -> (int) (rate * (0.8 * i + 0.1 * (i % 3)))).toArray();
      var random = new Random(5);
      var x = new double[(int) (50 * rate)];
      for (int t = 0; t < x.length; t++) {
        x[t] = 0.5 * Math.sin(2 * Math.PI * 0.3 * t / rate) + 0.02 * random.nextGaussian();
      }
      for (int i = 0; i < beats.length; i++) {
        bump(x, beats[i], 0.012 * rate, i % 7 == 3 ? 0.5 : 1);
        bump(x, beats[i] + 0.28 * rate, 0.06 * rate, 0.3);
      }
      int[] inside = IntStream.of(beats).filter(b -> b < x.length).toArray();
      int[] found = new PanTompkins(rate).detect(x);
      var match = EventMatch.of(IntStream.of(found).asDoubleStream().toArray(), inside, 0.03, rate);
      assertThat(match.sensitivity().percent()).as(match.text()).isEqualTo(100);
      assertThat(match.predictivity().percent()).as(match.text()).isEqualTo(100);
    }
    assertThat(new PanTompkins(360).detect(new double[1000])).as("a flat line").isEmpty();
  }

  private static void bump(double[] x, double at, double width, double height) {
    for (int t = 0; t < x.length; t++) {
      x[t] += height * Math.exp(-0.5 * Math.pow((t - at) / width, 2));
    }
  }
}
