package bandlimit.data;

import static bandlimit.data.Interpolation.BICUBIC;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import bandlimit.data.AugmentSpec.CropMode;
import bandlimit.data.AugmentSpec.ResizedCrop;
import bandlimit.error.ConfigException;
import bandlimit.error.DataException;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class TransformsTest {
  /// One channel, the values 1, 2, 3, ... row by row.
  private static Image counting(int height, int width) {
    var bytes = new byte[height * width];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) (i + 1);
    }
    return Image.of(height, width, 1, bytes);
  }

  @Test
  void cropsReachOutsideAsTheModeSays() {
    Image image = counting(2, 3); // 1 2 3 / 4 5 6
    assertThat(Transforms.crop(image, -1, -1, 3, 3, CropMode.ZERO).bytes())
        .containsExactly(0, 0, 0, 0, 1, 2, 0, 4, 5);
    assertThat(Transforms.crop(image, 0, 1, 2, 4, CropMode.ZERO).bytes())
        .containsExactly(2, 3, 0, 0, 5, 6, 0, 0);
    assertThat(Transforms.crop(image, -1, -2, 2, 7, CropMode.REFLECT).bytes())
        .containsExactly(6, 5, 4, 5, 6, 5, 4, 3, 2, 1, 2, 3, 2, 1);
    assertThat(Transforms.crop(image, 5, 0, 1, 3, CropMode.ZERO).bytes()).containsOnly(0);
    assertThat(Transforms.crop(image, 0, -9, 1, 3, CropMode.ZERO).bytes()).containsOnly(0);
    assertThat(Transforms.crop(image, 0, 9, 1, 2, CropMode.REFLECT).bytes()).containsExactly(2, 3);
  }

  @Test
  void pixelsOfAnySizeMoveTogether() {
    Image signal = Image.of(1, 3, 2, new float[] {1, -1, 2, -2, 3, -3});
    Image moved = Transforms.crop(signal, 0, 1, 1, 3, CropMode.ZERO);
    assertThat(moved.at(0, 0, 1)).isEqualTo(-2);
    assertThat(moved.at(0, 2, 0)).isZero();
    assertThat(Transforms.flip(signal).at(0, 0, 1)).isEqualTo(-3);
    assertThat(Transforms.flip(counting(2, 3)).bytes()).containsExactly(3, 2, 1, 6, 5, 4);
  }

  @Test
  void everyOffsetAndBothSidesAreDrawn() {
    Image image = counting(8, 8);
    var crops = new HashSet<List<Byte>>();
    int flips = 0;
    for (int i = 0; i < 2000; i++) {
      var random = Draws.at(1, 2, i);
      byte[] crop = Transforms.randomCrop(2, CropMode.ZERO).apply(image, random).bytes();
      crops.add(List.of(crop[0], crop[63], crop[7], crop[56]));
      flips += Transforms.randomFlip(0.25).apply(image, random).bytes()[0] == 8 ? 1 : 0;
    }
    assertThat(crops).hasSize(25);
    assertThat(flips).isBetween(420, 580); // 500, deviation 19
  }

  @Test
  void resizeKeepsConstantsAndMeans() {
    var constant = new byte[37 * 53 * 3];
    Arrays.fill(constant, (byte) 201);
    for (int[] to : new int[][] {{10, 10}, {37, 90}, {100, 7}, {1, 1}}) {
      byte[] resized = Transforms.resize(Image.of(37, 53, 3, constant), to[0], to[1]).bytes();
      assertThat(resized).containsOnly((byte) 201);
    }
  }

  @Test
  void shrinkingAveragesAndEnlargingInterpolates() {
    var stripes = new byte[64 * 64]; // the finest there are: without antialiasing, black or white
    for (int i = 0; i < stripes.length; i++) {
      stripes[i] = (byte) (i % 2 == 0 ? 0 : 200);
    }
    Image small = Transforms.resize(Image.of(64, 64, 1, stripes), 16, 16);
    for (int w = 1; w < 15; w++) {
      assertThat(small.at(8, w, 0)).isBetween(99f, 101f);
    }
    // By hand: centres at -0.25, 0.25, 0.75, 1.25 of the source pixels 0 and 1.
    Image two = Image.of(1, 2, 1, new byte[] {0, 100});
    assertThat(Transforms.resize(two, 1, 4).bytes()).containsExactly(0, 25, 75, 100);
  }

  @Test
  void shortSideAndCentre() {
    var random = Draws.at(0);
    Image wide = Transforms.resizeShortSide(20).apply(counting(10, 15), random);
    assertThat(List.of(wide.height(), wide.width())).containsExactly(20, 30);
    Image centre = Transforms.centerCrop(2, 2).apply(counting(4, 4), random);
    assertThat(centre.bytes()).containsExactly(6, 7, 10, 11);
    assertThatThrownBy(() -> Transforms.centerCrop(5, 5).apply(counting(4, 4), random))
        .isInstanceOf(DataException.class)
        .hasMessageContainingAll("5 x 5", "4 x 4");
  }

  @Test
  void bicubicKeepsConstantsAndOvershootsEdges() {
    var constant = new byte[37 * 53];
    Arrays.fill(constant, (byte) 201);
    for (int[] to : new int[][] {{16, 16}, {80, 100}, {37, 10}}) {
      Image flat = Transforms.resize(Image.of(37, 53, 1, constant), to[0], to[1], BICUBIC);
      assertThat(flat.bytes()).containsOnly((byte) 201);
    }
    Image step = Image.of(1, 4, 1, new byte[] {50, 50, 100, 100});
    byte[] twice = Transforms.resize(step, 1, 8, BICUBIC).bytes();
    // at a quarter of a pixel the weights are (-9, 111, 29, -3) / 128: 60 = (102 50 + 26 100) /
    // 128;
    // near the edge those inside are scaled to sum to 1: 47 = (140 50 - 9 100) / 131
    assertThat(twice).containsExactly(50, 49, 47, 60, 90, 103, 101, 100);
    // a ramp goes on as one: cubic convolution is exact for quadratics inside the image
    var ramp = new byte[12];
    for (int i = 0; i < 12; i++) {
      ramp[i] = (byte) (i * i);
    }
    byte[] finer = Transforms.resize(Image.of(1, 12, 1, ramp), 1, 24, BICUBIC).bytes();
    for (int o = 6; o < 18; o++) {
      double x = (o + 0.5) / 2 - 0.5;
      assertThat((double) (finer[o] & 0xff)).isCloseTo(x * x, within(0.51));
    }
  }

  @Test
  void randomResizedCropStaysInItsLimits() {
    var crop = new ResizedCrop(List.of(0.25, 0.25), List.of(1.0, 1.0));
    Image image = counting(16, 16);
    var corners = new HashSet<Byte>();
    for (int i = 0; i < 500; i++) {
      Image part = Transforms.randomResizedCrop(8, 8, crop).apply(image, Draws.at(3, i));
      corners.add(part.bytes()[0]); // 8 x 8 of 16 x 16: resized by 1, so copied
      assertThat(part.bytes()[1] - part.bytes()[0]).isEqualTo(1);
    }
    assertThat(corners.size()).isBetween(75, 81);
    // Nothing fits: the centre, with the nearest allowed shape.
    var slim = new ResizedCrop(List.of(1.0, 1.0), List.of(0.5, 0.5));
    Image centre = Transforms.randomResizedCrop(4, 2, slim).apply(counting(4, 8), Draws.at(0));
    assertThat(centre.bytes()).containsExactly(4, 5, 12, 13, 20, 21, 28, 29);
  }

  @Test
  void drawsDependOnEveryKeyAndTheirOrder() {
    var seen = new HashSet<Long>();
    for (int a = 0; a < 10; a++) {
      for (int b = 0; b < 10; b++) {
        seen.add(Draws.at(a, b).nextLong());
      }
    }
    seen.add(Draws.at(3).nextLong());
    assertThat(seen).hasSize(101);
    assertThat(Draws.at(1, 2).nextLong()).isEqualTo(Draws.at(1, 2).nextLong());
    int[] order = Draws.permutation(1000, 5);
    assertThat(Arrays.stream(order).sorted().toArray())
        .isEqualTo(java.util.stream.IntStream.range(0, 1000).toArray());
    assertThat(order).isNotEqualTo(Draws.permutation(1000, 6));
  }

  @Test
  void specsRefuseNonsense() {
    assertThatThrownBy(() -> new AugmentSpec(-1, CropMode.ZERO, 0, Optional.empty()))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("crop_padding");
    assertThatThrownBy(() -> new AugmentSpec(0, CropMode.ZERO, 1.5, Optional.empty()))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("flip");
    assertThatThrownBy(() -> new ResizedCrop(List.of(1.0, 0.5), List.of(1.0, 1.0)))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("scale");
    assertThatThrownBy(() -> DataSpec.of("shapes").withLimit(0))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("limit");
  }
}
