package bandlimit.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import bandlimit.data.AugmentSpec.CropMode;
import bandlimit.data.AugmentSpec.Erase;
import bandlimit.data.AugmentSpec.EraseMode;
import bandlimit.error.ConfigException;
import bandlimit.tensor.DType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Erasing and mixing: what becomes of samples, of labels, and of batches in the loader.
@Timeout(60)
class OnFloatsTest {
  private static final int BATCH = 15;

  private final Dataset shapes =
      Datasets.open(DataSpec.of("shapes").withImageSize(16).withSizes(150, 50), Split.TRAIN);

  private static AugmentSpec spec(Erase erase, double mixup, double cutmix, int offEpoch) {
    return new AugmentSpec(
        0,
        CropMode.ZERO,
        0,
        Optional.empty(),
        Optional.empty(),
        0,
        erase,
        mixup,
        cutmix,
        1,
        0.5,
        offEpoch);
  }

  private static final Erase NO_ERASING = new Erase(0, EraseMode.PIXEL, 1);

  @Test
  void cutMixTakesTheShareThatItSays() {
    var mixing = new Mixing(0, 1, 1, 0.5, 0);
    double sum = 0;
    for (int seed = 0; seed < 500; seed++) {
      var draw = mixing.draw(0, 12, 20, new SplittableRandom(seed));
      var own = new float[12 * 20 * 2];
      var other = new float[own.length];
      Arrays.fill(other, 1);
      if (draw.share() < 1) {
        Mixing.mix(draw, own, other, 20, 2);
      }
      double taken = 0;
      for (int i = 0; i < own.length; i++) {
        taken += own[i];
        assertThat(own[i] + other[i]).isEqualTo(1); // what one takes the other loses
      }
      assertThat(draw.share()).isCloseTo(1 - taken / own.length, within(1e-12));
      sum += draw.share();
    }
    // uniform boxes would leave 1/2; what sticks out of the image is lost, so more remains
    assertThat(sum / 500).isBetween(0.55, 0.75);
  }

  @Test
  void signalsAreCutAlongTime() {
    var mixing = new Mixing(0, 1, 1, 0.5, 0);
    for (int seed = 0; seed < 50; seed++) {
      var draw = mixing.draw(0, 1, 40, new SplittableRandom(seed));
      if (draw.share() < 1) {
        assertThat(draw.box().bottom()).isEqualTo(1);
        assertThat(draw.share()).isEqualTo(1 - (draw.box().right() - draw.box().left()) / 40.0);
      }
    }
  }

  @Test
  void mixupIsTheWeightedSum() {
    var a = new float[] {0, 1, 0.5f};
    var b = new float[] {1, 1, 0.25f};
    Mixing.mix(new Mixing.Draw(0.75, Mixing.Cut.NONE), a, b, 3, 1);
    assertThat(a).containsExactly(0.25f, 1, 0.4375f);
    assertThat(b).containsExactly(0.75f, 1, 0.3125f);
  }

  @Test
  void sharesFollowTheirDistribution() {
    // Beta(a, a) has mean 1/2 and variance 1 / (4 (2a + 1))
    for (double alpha : new double[] {0.2, 0.8, 1, 4}) {
      var mixing = new Mixing(alpha, 0, 1, 0.5, 0);
      double sum = 0;
      double squares = 0;
      for (int seed = 0; seed < 2000; seed++) {
        double share = mixing.draw(0, 8, 8, new SplittableRandom(seed)).share();
        assertThat(share).isBetween(0.0, 1.0);
        sum += share;
        squares += (share - 0.5) * (share - 0.5);
      }
      double variance = 1 / (4 * (2 * alpha + 1));
      assertThat(sum / 2000).isCloseTo(0.5, within(4 * Math.sqrt(variance / 2000)));
      assertThat(squares / 2000).isCloseTo(variance, within(0.12 * variance));
    }
  }

  @Test
  void probabilitiesSayHowOftenAndWhich() {
    int mixed = 0;
    int cut = 0;
    var mixing = new Mixing(0.8, 1, 0.6, 0.25, 3);
    for (int seed = 0; seed < 1000; seed++) {
      var draw = mixing.draw(2, 16, 16, new SplittableRandom(seed));
      mixed += draw.share() < 1 ? 1 : 0;
      cut += draw.box().isEmpty() ? 0 : 1;
      assertThat(mixing.draw(3, 16, 16, new SplittableRandom(seed))).isEqualTo(Mixing.UNMIXED);
    }
    assertThat(mixed).isBetween(530, 650);
    assertThat(cut).isBetween(90, 190);
  }

  @Test
  void erasingTakesAsMuchAsItMay() {
    for (EraseMode mode : EraseMode.values()) {
      var normalization = new Normalization(List.of(0.5, 0.25), List.of(0.2, 0.1));
      var eraser = new Eraser(new Erase(1, mode, 1), normalization);
      for (int seed = 0; seed < 60; seed++) {
        var x = new float[32 * 24 * 2];
        Arrays.fill(x, 9);
        eraser.erase(x, 32, 24, 2, new SplittableRandom(seed));
        var values = new ArrayList<Double>();
        for (int i = 0; i < x.length; i += 2) {
          assertThat(x[i] == 9).isEqualTo(x[i + 1] == 9);
          if (x[i] != 9) {
            values.add((x[i] - 0.5) / 0.2);
          }
        }
        double share = values.size() / (32.0 * 24);
        assertThat(share).isBetween(0.012, 0.36); // 2 % to a third, up to rounding to pixels
        long different = values.stream().distinct().count();
        switch (mode) {
          case CONST -> assertThat(values).allSatisfy(z -> assertThat(z).isZero());
          case RAND -> assertThat(different).isEqualTo(1);
          case PIXEL -> assertThat(different).isGreaterThan(values.size() - 3L);
        }
      }
    }
  }

  @Test
  void noiseIsOfTheNormalisedScale() {
    var normalization = new Normalization(List.of(0.5), List.of(0.2));
    var eraser = new Eraser(new Erase(1, EraseMode.PIXEL, 1), normalization);
    double sum = 0;
    double squares = 0;
    int count = 0;
    for (int seed = 0; seed < 40; seed++) {
      var x = new float[1024];
      Arrays.fill(x, 99);
      eraser.erase(x, 32, 32, 1, new SplittableRandom(seed));
      for (float value : x) {
        if (value != 99) {
          double z = (value - 0.5) / 0.2;
          sum += z;
          squares += z * z;
          count++;
        }
      }
    }
    assertThat(sum / count).isCloseTo(0, within(0.05));
    assertThat(squares / count).isCloseTo(1, within(0.1));
  }

  @Test
  void nothingIsErasedWithProbabilityNone() {
    var eraser = new Eraser(NO_ERASING, Normalization.uniform(1, 0, 1));
    var x = new float[64];
    eraser.erase(x, 8, 8, 1, new SplittableRandom(1));
    assertThat(x).containsOnly(0);
  }

  private record Rows(List<Float> images, List<Integer> others, List<Float> shares) {}

  private static Rows rows(Batch batch) {
    var images = new ArrayList<Float>();
    for (long i = 0; i < batch.images().shape().size(); i++) {
      images.add((float) batch.images().get(i));
    }
    var others = new ArrayList<Integer>();
    var shares = new ArrayList<Float>();
    for (int row = 0; row < BATCH; row++) {
      others.add((int) batch.others().get(row));
      shares.add((float) batch.shares().get(row));
    }
    return new Rows(images, others, shares);
  }

  private List<Rows> epoch(AugmentSpec spec, int workers, int epoch, int first) {
    var all = new ArrayList<Rows>();
    try (var loader = Loader.train(shapes, spec, BATCH, 7, workers)) {
      loader.startEpoch(epoch, first);
      while (loader.next()) {
        all.add(rows(loader.batch()));
      }
    }
    return all;
  }

  private static final AugmentSpec EVERYTHING =
      new AugmentSpec(
          2,
          CropMode.REFLECT,
          0.5,
          Optional.of(AugmentSpec.ResizedCrop.imagenet()),
          Optional.of("rand-m9-mstd0.5-inc1"),
          0.4,
          new Erase(0.5, EraseMode.PIXEL, 2),
          0.8,
          1,
          0.9,
          0.5,
          0);

  @Test
  void neitherWorkersNorTheStartChangeAByte() {
    List<Rows> expected = epoch(EVERYTHING, 0, 2, 0);
    assertThat(expected).hasSize(10);
    assertThat(epoch(EVERYTHING, 3, 2, 0)).isEqualTo(expected);
    assertThat(epoch(EVERYTHING, 1, 2, 6)).isEqualTo(expected.subList(6, 10));
    assertThat(epoch(EVERYTHING, 1, 3, 0)).isNotEqualTo(expected);
  }

  @Test
  void pairsAreTheFirstAndTheLast() {
    try (var plain = Loader.train(shapes, AugmentSpec.none(), BATCH, 7, 0);
        var mixed = Loader.train(shapes, spec(NO_ERASING, 1, 0, 0), BATCH, 7, 0)) {
      plain.startEpoch(0, 0);
      mixed.startEpoch(0, 0);
      assertThat(plain.next() && mixed.next()).isTrue();
      Batch one = plain.batch();
      Batch two = mixed.batch();
      assertThat(one.images().dtype()).isEqualTo(DType.U8);
      assertThat(two.images().dtype()).isEqualTo(DType.F32);
      double share = two.shares().get(0);
      assertThat(share).isBetween(1e-6, 1 - 1e-6);
      int size = 16 * 16 * 3;
      for (int row = 0; row < BATCH; row++) {
        int pair = BATCH - 1 - row;
        assertThat(two.labels().get(row)).isEqualTo(one.labels().get(row));
        assertThat(two.others().get(row)).isEqualTo(one.labels().get(pair));
        double own = row == pair ? 1 : share;
        assertThat(two.shares().get(row)).isEqualTo(own);
        assertThat(one.shares().get(row)).isEqualTo(1);
        for (int i = 0; i < size; i += 41) {
          double a = one.images().get((long) row * size + i) / 255;
          double b = one.images().get((long) pair * size + i) / 255;
          assertThat(two.images().get((long) row * size + i))
              .isCloseTo(own * a + (1 - own) * b, within(1e-6));
        }
      }
    }
  }

  @Test
  void mixingEnds() {
    var spec = spec(NO_ERASING, 0, 1, 2);
    assertThat(epoch(spec, 0, 1, 0)).anySatisfy(rows -> assertThat(rows.shares).contains(1f));
    assertThat(epoch(spec, 0, 1, 0))
        .anySatisfy(rows -> assertThat(rows.shares.getFirst()).isLessThan(1));
    assertThat(epoch(spec, 0, 2, 0)).allSatisfy(rows -> assertThat(rows.shares).containsOnly(1f));
  }

  @Test
  void specsThatCannotBeAreRefused() {
    assertThatThrownBy(() -> new Erase(1.5, EraseMode.PIXEL, 1))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("erase.prob");
    assertThatThrownBy(() -> spec(NO_ERASING, -1, 0, 0))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("mixup");
    var signals =
        new Dataset() {
          @Override
          public String name() {
            return "signals";
          }

          @Override
          public Split split() {
            return Split.TRAIN;
          }

          @Override
          public int size() {
            return 20;
          }

          @Override
          public bandlimit.tensor.TensorType sampleType() {
            return bandlimit.tensor.TensorType.f32(1, 40, 2);
          }

          @Override
          public List<String> classNames() {
            return List.of("a", "b");
          }

          @Override
          public Normalization normalization() {
            return Normalization.uniform(2, 0, 1);
          }

          @Override
          public int label(int index) {
            return index % 2;
          }

          @Override
          public Image image(int index) {
            return Image.of(1, 40, 2, new float[80]);
          }
        };
    assertThatThrownBy(
            () -> Loader.train(signals, spec(new Erase(1, EraseMode.RAND, 1), 0, 0, 0), 4, 1, 0))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("augment.erase");
    assertThatThrownBy(() -> Loader.train(signals, EVERYTHING, 4, 1, 0))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("augment.auto_augment");
    try (var loader = Loader.train(signals, spec(NO_ERASING, 1, 1, 0), 4, 1, 0)) {
      loader.startEpoch(0, 0);
      assertThat(loader.next()).isTrue();
    }
  }
}
