package bandlimit.signal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.apache.commons.math3.linear.RealMatrix;
import org.junit.jupiter.api.Test;

class ResamplerTest {
  private static final long SEED = Long.getLong("bandlimit.seed", 20261121);

  /// A random map together with a number of samples that it leaves something of.
  private record Case(Resampler resampler, int n) {}

  private static Case random(Random random, int most) {
    while (true) {
      int taps = 1 + random.nextInt(16);
      var resampler =
          new Resampler(
              IntStream.range(0, taps).mapToObj(_ -> random.nextGaussian()).toList(),
              1 + random.nextInt(4),
              1 + random.nextInt(4),
              random.nextInt(taps + 6) - 4,
              random.nextInt(taps + 6) - 4);
      int n = 1 + random.nextInt(most);
      if (resampler.outLength(n) >= 1) {
        return new Case(resampler, n);
      }
    }
  }

  /// The definition, word by word: zero-stuff, extend or cut, correlate, keep every `down`-th.
  private static double[] apply(Resampler r, double[] x) {
    var up = new double[x.length * r.up()];
    for (int i = 0; i < x.length; i++) {
      up[i * r.up()] = x[i];
    }
    var extended = new double[Math.max(0, r.before() + up.length + r.after())];
    for (int i = 0; i < extended.length; i++) {
      int at = i - r.before();
      extended[i] = 0 <= at && at < up.length ? up[at] : 0;
    }
    int dense = Math.max(0, extended.length - r.taps().size() + 1);
    return IntStream.iterate(0, o -> o < dense, o -> o + r.down())
        .mapToDouble(
            o ->
                IntStream.range(0, r.taps().size())
                    .mapToDouble(k -> r.taps().get(k) * extended[o + k])
                    .sum())
        .toArray();
  }

  @Test
  void theMatrixAndTheLengthFollowTheDefinition() {
    var random = new Random(SEED);
    for (int round = 0; round < 2000; round++) {
      Case c = random(random, 20);
      double[] x = random.doubles(c.n).toArray();
      double[] expected = apply(c.resampler, x);
      assertThat(c.resampler.outLength(c.n)).as("seed %d, %s", SEED, c).isEqualTo(expected.length);
      assertThat(c.resampler.toMatrix(c.n).operate(x))
          .as("seed %d, %s", SEED, c)
          .containsExactly(expected, within(1e-13));
    }
  }

  /// <Ax, y> = <x, A'y>, where A and A' are both computed from the definition.
  @Test
  void transposeIsTheAdjoint() {
    var random = new Random(SEED);
    for (int round = 0; round < 4000; round++) {
      Case c = random(random, 24);
      double[] x = random.doubles(c.n, -1, 1).toArray();
      double[] y = random.doubles(c.resampler.outLength(c.n), -1, 1).toArray();
      double[] back = apply(c.resampler.transpose(c.n), y);
      assertThat(back).as("seed %d, %s", SEED, c).hasSize(c.n);
      assertThat(dot(apply(c.resampler, x), y))
          .as("seed %d, %s", SEED, c)
          .isCloseTo(dot(x, back), within(1e-11));
    }
  }

  @Test
  void aSpoiledTransposeIsNoticed() {
    var random = new Random(SEED);
    int noticed = 0;
    for (int round = 0; round < 100; round++) {
      Case c = random(random, 24);
      Resampler t = c.resampler.transpose(c.n);
      var spoiled = new Resampler(t.taps(), t.up(), t.down(), t.before() + 1, t.after() - 1);
      double[] x = random.doubles(c.n, -1, 1).toArray();
      double[] y = random.doubles(c.resampler.outLength(c.n), -1, 1).toArray();
      if (Math.abs(dot(apply(c.resampler, x), y) - dot(x, apply(spoiled, y))) > 1e-9) {
        noticed++;
      }
    }
    assertThat(noticed).isGreaterThan(80);
  }

  @Test
  void transposingTwiceIsTheSameMap() {
    var random = new Random(SEED);
    for (int round = 0; round < 2000; round++) {
      Case c = random(random, 24);
      int out = c.resampler.outLength(c.n);
      Resampler twice = c.resampler.transpose(c.n).transpose(out);
      assertThat(twice.outLength(c.n)).isEqualTo(out);
      assertThat(twice.toMatrix(c.n))
          .as("seed %d, %s", SEED, c)
          .isEqualTo(c.resampler.toMatrix(c.n));
      assertThat(c.resampler.transpose(c.n).toMatrix(out))
          .isEqualTo(c.resampler.toMatrix(c.n).transpose());
    }
  }

  @Test
  void aCompositionIsTheProductOfTheMatrices() {
    var random = new Random(SEED);
    int composed = 0;
    int refusedThoughEqualLooking = 0;
    for (int round = 0; round < 6000; round++) {
      Case c = random(random, 12);
      Resampler next = random(random, 4).resampler;
      int middle = c.resampler.outLength(c.n);
      if (next.outLength(middle) < 1) {
        continue;
      }
      RealMatrix product = next.toMatrix(middle).multiply(c.resampler.toMatrix(c.n));
      var one = c.resampler.then(next);
      if (one.isPresent()) {
        composed++;
        assertThat(one.get().outLength(c.n))
            .as("%s, %s", c, next)
            .isEqualTo(next.outLength(middle));
        assertThat(one.get().toMatrix(c.n).subtract(product).getNorm())
            .as("seed %d, %s then %s", SEED, c, next)
            .isLessThan(1e-12);
      } else if (c.resampler.down() == 1 || next.up() == 1) {
        refusedThoughEqualLooking++; // the borders differ
      }
    }
    assertThat(composed).isGreaterThan(300);
    assertThat(refusedThoughEqualLooking).isGreaterThan(300);
  }

  @Test
  void theKnownMembersOfTheFamily() {
    double[] x = {1, 2, 3, 4, 5};
    assertThat(Resampler.IDENTITY.isIdentity()).isTrue();
    assertThat(apply(Resampler.IDENTITY, x)).containsExactly(x);
    assertThat(apply(Resampler.decimate(List.of(.5, .5), 2), x)).containsExactly(1.5, 3.5);
    assertThat(apply(new Resampler(List.of(1.0), 1, 2, -1, 0), x)).containsExactly(2, 4);
    assertThat(apply(new Resampler(List.of(1.0, 1.0), 2, 1, 1, 0), x))
        .containsExactly(1, 1, 2, 2, 3, 3, 4, 4, 5, 5);
    assertThat(apply(new Resampler(List.of(.5, 1.0, .5), 2, 1, 1, 0), x))
        .containsExactly(1, 1.5, 2, 2.5, 3, 3.5, 4, 4.5, 5);
  }

  @Test
  void whatCannotBeIsRefused() {
    assertThatThrownBy(() -> new Resampler(List.of(), 1, 1, 0, 0)).hasMessageContaining("0 taps");
    assertThatThrownBy(() -> new Resampler(List.of(1.0), 0, 1, 0, 0)).hasMessageContaining("up 0");
    var blur = Resampler.decimate(List.of(.25, .5, .25), 2);
    assertThat(blur.outLength(2)).isLessThan(1);
    assertThatThrownBy(() -> blur.toMatrix(2)).hasMessageContaining("leaves nothing of 2 samples");
  }

  private static double dot(double[] a, double[] b) {
    return IntStream.range(0, Math.max(a.length, b.length)).mapToDouble(i -> a[i] * b[i]).sum();
  }

  @Test
  void outputsAreZeroPaddedNotClipped() {
    assertThat(
            Arrays.stream(apply(new Resampler(List.of(1.0), 1, 1, 2, 1), new double[] {7})).boxed())
        .containsExactly(0.0, 0.0, 7.0, 0.0);
  }
}
