package bandlimit.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bandlimit.data.RandAugment.Operation;
import bandlimit.error.ConfigException;
import bandlimit.tensor.DType;
import java.util.EnumSet;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class RandAugmentTest {
  private static final int[] FILL = {10, 20, 30};
  private static final RandAugment INCREASING = RandAugment.parse("rand-m9-mstd0.5-inc1");

  private static Image noise(int height, int width, int channels) {
    var bytes = new byte[height * width * channels];
    new SplittableRandom(3).nextBytes(bytes);
    return Image.of(height, width, channels, bytes);
  }

  @Test
  void readsTheGrammar() {
    assertThat(INCREASING).isEqualTo(new RandAugment(9, 2, 0.5, 0.5, true));
    assertThat(RandAugment.parse("rand")).isEqualTo(new RandAugment(10, 2, 0, 0.5, false));
    assertThat(RandAugment.parse("rand-inc0-p1-n3-m5-mstdinf"))
        .isEqualTo(new RandAugment(5, 3, Double.POSITIVE_INFINITY, 1, false));
    for (String wrong :
        List.of(
            "",
            "augmix-m3",
            "rand-",
            "rand-m11",
            "rand-m2.5",
            "rand-n0",
            "rand-w0",
            "rand-mx",
            "rand-p1.5",
            "rand-minf",
            "rand m9")) {
      assertThatThrownBy(() -> RandAugment.parse(wrong))
          .as(wrong)
          .isInstanceOf(ConfigException.class)
          .hasMessageContaining("auto_augment \"" + wrong + "\"")
          .hasMessageContaining("rand-m9-mstd0.5-inc1");
    }
  }

  @Test
  void whatHasAMagnitudeDoesNothingAtNone() {
    Image image = noise(9, 12, 3);
    var always =
        EnumSet.of(
            Operation.AUTO_CONTRAST, Operation.EQUALIZE, Operation.INVERT, Operation.POSTERIZE);
    for (Operation operation : EnumSet.complementOf(always)) {
      for (int sign : new int[] {-1, 1}) {
        Image same = INCREASING.apply(operation, image, 0, sign, FILL);
        assertThat(same.bytes()).as(operation.name()).isEqualTo(image.bytes());
        Image other = INCREASING.apply(operation, image, 0.9, sign, FILL);
        assertThat(other.bytes()).as(operation.name()).isNotEqualTo(image.bytes());
      }
    }
    // its weakest is four bits, as in the field
    assertThat(INCREASING.apply(Operation.POSTERIZE, image, 0, 1, FILL).bytes())
        .isEqualTo(Pixels.posterize(image, 4).bytes());
  }

  @Test
  void withoutIncStrengthRunsFromWeakToStrong() {
    var plain = RandAugment.parse("rand-m9");
    Image image = noise(5, 6, 3);
    assertThat(plain.apply(Operation.BRIGHTNESS, image, 0.5, 1, FILL).bytes())
        .isEqualTo(image.bytes());
    assertThat(plain.apply(Operation.SOLARIZE, image, 0, 1, FILL).bytes())
        .isEqualTo(Pixels.invert(image).bytes());
    assertThat(plain.apply(Operation.POSTERIZE, image, 0, 1, FILL).bytes()).containsOnly(0);
  }

  @Test
  void valuesChangeAsDefined() {
    Image ramp = Image.of(1, 5, 1, new byte[] {50, 60, 100, 127, (byte) 150});
    assertThat(Pixels.autoContrast(ramp).bytes())
        .containsExactly(0, 26, 128, 196, 255); // (v - 50) 255 / 100, rounded
    assertThat(Pixels.invert(ramp).bytes()).containsExactly(205, 195, 155, 128, 105);
    assertThat(Pixels.posterize(ramp, 3).bytes()).containsExactly(32, 32, 96, 96, 128);
    assertThat(Pixels.solarize(ramp, 100).bytes()).containsExactly(50, 60, 155, 128, 105);
    assertThat(Pixels.solarizeAdd(ramp, 110).bytes()).containsExactly(160, 170, 210, 237, 150);
    assertThat(Pixels.brightness(ramp, 0.5).bytes()).containsExactly(25, 30, 50, 64, 75);
    assertThat(Pixels.brightness(ramp, 2).bytes()).containsExactly(100, 120, 200, 254, 255);
    assertThat(Pixels.contrast(ramp, 0).bytes()).containsOnly(97); // the mean is 97.4
    assertThat(Pixels.color(ramp, 0).bytes()).isEqualTo(ramp.bytes());
    Image constant = Image.of(1, 3, 1, new byte[] {7, 7, 7});
    assertThat(Pixels.autoContrast(constant).bytes()).containsOnly(7);
    assertThat(Pixels.equalize(constant).bytes()).containsOnly(7);
  }

  @Test
  void greyIsWhatIsLeftOfColour() {
    Image grey = Pixels.color(noise(4, 5, 3), 0);
    for (int i = 0; i < 20; i++) {
      assertThat(grey.at(i / 5, i % 5, 0)).isEqualTo(grey.at(i / 5, i % 5, 1));
      assertThat(grey.at(i / 5, i % 5, 0)).isEqualTo(grey.at(i / 5, i % 5, 2));
    }
  }

  @Test
  void equalizingSpreadsADarkImage() {
    var bytes = new byte[64 * 64];
    var random = new SplittableRandom(1);
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) (random.nextInt(8) * random.nextInt(8));
    }
    Image dark = Image.of(64, 64, 1, bytes);
    Image even = Pixels.equalize(dark);
    var counts = new int[4];
    for (int i = 0; i < bytes.length; i++) {
      counts[(even.bytes()[i] & 0xff) / 64]++;
    }
    assertThat(counts[2] + counts[3]).isBetween(1500, 2500); // of 4096; before it was none
    for (int i = 1; i < bytes.length; i++) { // the order stays
      int before = Integer.compare(bytes[i], bytes[i - 1]);
      int after = Integer.compare(even.bytes()[i] & 0xff, even.bytes()[i - 1] & 0xff);
      assertThat(after == 0 || after == before).isTrue();
    }
  }

  @Test
  void sharpnessSmoothsInsideTheBorder() {
    var bytes = new byte[25];
    bytes[12] = (byte) 130; // the middle of 5 x 5
    Image smooth = Pixels.sharpness(Image.of(5, 5, 1, bytes), 0);
    assertThat(smooth.at(2, 2, 0)).isEqualTo(50);
    assertThat(smooth.at(1, 3, 0)).isEqualTo(10);
    assertThat(smooth.at(0, 0, 0)).isZero();
    assertThat(Pixels.sharpness(Image.of(5, 5, 1, bytes), 1).bytes()).isEqualTo(bytes);
  }

  @Test
  void movesOfWholePixelsMovePixels() {
    Image image = noise(20, 20, 3);
    Image moved = INCREASING.apply(Operation.TRANSLATE_X, image, 1, -1, FILL); // 9 of 20 columns
    for (int w = 0; w < 20; w++) {
      float expected = w < 9 ? FILL[1] : image.at(7, w - 9, 1);
      assertThat(moved.at(7, w, 1)).isEqualTo(expected);
    }
    Image up = INCREASING.apply(Operation.TRANSLATE_Y, image, 1, 1, FILL);
    assertThat(up.at(2, 3, 0)).isEqualTo(image.at(11, 3, 0));
    assertThat(up.at(12, 3, 2)).isEqualTo(FILL[2]);
  }

  @Test
  void turnsAndShearsGoWhereTheyShould() {
    var bytes = new byte[41 * 41];
    bytes[20 * 41 + 35] = (byte) 200; // 15 right of the middle
    Image dot = Image.of(41, 41, 1, bytes);
    Image turned = INCREASING.apply(Operation.ROTATE, dot, 1, 1, new int[] {0}); // 30 degrees
    assertBrightest(turned, 20 - 7, 20 + 13); // 15 sin 30 up, 15 cos 30 right
    Image sheared = INCREASING.apply(Operation.SHEAR_X, dot, 1, 1, new int[] {0});
    assertBrightest(sheared, 20, 35 - 6); // 0.3 of the 20.5 rows above
    assertBrightest(INCREASING.apply(Operation.SHEAR_Y, dot, 1, -1, new int[] {0}), 20 + 11, 35);
  }

  private static void assertBrightest(Image image, int row, int column) {
    int best = 0;
    for (int i = 0; i < image.bytes().length; i++) {
      best = (image.bytes()[i] & 0xff) > (image.bytes()[best] & 0xff) ? i : best;
    }
    assertThat(best / image.width()).isBetween(row - 1, row + 1);
    assertThat(best % image.width()).isBetween(column - 1, column + 1);
  }

  @Test
  void equalGeneratorsGiveEqualImages() {
    Image image = noise(16, 16, 3);
    var transform = INCREASING.transform(FILL);
    int changed = 0;
    for (int seed = 0; seed < 40; seed++) {
      Image one = transform.apply(image, new SplittableRandom(seed));
      assertThat(one.bytes()).isEqualTo(transform.apply(image, new SplittableRandom(seed)).bytes());
      assertThat(one.type()).isEqualTo(image.type());
      changed += java.util.Arrays.equals(one.bytes(), image.bytes()) ? 0 : 1;
    }
    assertThat(changed).isBetween(20, 38); // each of two with probability 1/2: three quarters
    var never = RandAugment.parse("rand-p0").transform(FILL);
    assertThat(never.apply(image, new SplittableRandom(1)).bytes()).isEqualTo(image.bytes());
    Image grey = noise(16, 16, 1);
    assertThat(
            RandAugment.parse("rand-n15-p1").transform(FILL).apply(grey, new SplittableRandom(1)))
        .extracting(Image::dtype)
        .isEqualTo(DType.U8);
  }

  @Test
  void jitterOfNothingIsNothing() {
    Image image = noise(8, 8, 3);
    assertThat(new ColorJitter(0).apply(image, new SplittableRandom(5)).bytes())
        .isEqualTo(image.bytes());
    var jitter = new ColorJitter(0.4);
    Image one = jitter.apply(image, new SplittableRandom(5));
    assertThat(one.bytes()).isNotEqualTo(image.bytes());
    assertThat(one.bytes()).isEqualTo(jitter.apply(image, new SplittableRandom(5)).bytes());
  }
}
