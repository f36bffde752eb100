package bandlimit.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import bandlimit.error.ConfigException;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class ShapesTest {
  private static final int SIZE = 32;
  private static final int CHANNELS = 3;

  private final ShapesDataset shapes =
      new ShapesDataset(DataSpec.of("shapes").withSizes(2000, 500), Split.TRAIN);

  /// The content moved right by dx and down by dy, around the edges.
  private static double[] roll(double[] levels, int dx, int dy) {
    var rolled = new double[levels.length];
    for (int h = 0; h < SIZE; h++) {
      for (int w = 0; w < SIZE; w++) {
        int from = Math.floorMod(h - dy, SIZE) * SIZE + Math.floorMod(w - dx, SIZE);
        System.arraycopy(levels, from * CHANNELS, rolled, (h * SIZE + w) * CHANNELS, CHANNELS);
      }
    }
    return rolled;
  }

  /// Power of channel 0 at each (ky, kx) by the definition, folded to |k| <= SIZE / 2.
  private static double[][] power(double[] levels) {
    var power = new double[SIZE][SIZE];
    for (int ky = 0; ky < SIZE; ky++) {
      for (int kx = 0; kx < SIZE; kx++) {
        double re = 0;
        double im = 0;
        for (int h = 0; h < SIZE; h++) {
          for (int w = 0; w < SIZE; w++) {
            double angle = -2 * Math.PI * (ky * h + kx * w) / SIZE;
            re += levels[(h * SIZE + w) * CHANNELS] * Math.cos(angle);
            im += levels[(h * SIZE + w) * CHANNELS] * Math.sin(angle);
          }
        }
        power[ky][kx] = re * re + im * im;
      }
    }
    return power;
  }

  private static double shareAbove(double[] levels, double cyclesPerSample) {
    double[][] power = power(levels);
    double total = -power[0][0];
    double above = 0;
    for (int ky = 0; ky < SIZE; ky++) {
      for (int kx = 0; kx < SIZE; kx++) {
        double fy = Math.min(ky, SIZE - ky) / (double) SIZE;
        double fx = Math.min(kx, SIZE - kx) / (double) SIZE;
        total += power[ky][kx];
        above += Math.hypot(fx, fy) >= cyclesPerSample ? power[ky][kx] : 0;
      }
    }
    return above / total;
  }

  @Test
  void wholeCircularShiftIsARoll() {
    for (int index = 0; index < 20; index++) {
      double[] still = shapes.circularLevels(index, 0, 0);
      double[] moved = shapes.circularLevels(index, 5, -11);
      assertThat(moved).containsExactly(roll(still, 5, -11), within(1e-9));
      assertThat(shapes.circularLevels(index, SIZE, 0)).containsExactly(still, within(1e-9));
    }
    // Negative control: the other direction is not the same picture.
    double[] wrong = roll(shapes.circularLevels(0, 0, 0), -5, 11);
    assertThat(distance(shapes.circularLevels(0, 5, -11), wrong)).isGreaterThan(1);
  }

  /// Shifts by the samples' own Fourier coefficients, an independent route to a half shift.
  private static double[] fourierShiftRight(double[] levels, double dx) {
    var out = new double[levels.length];
    for (int c = 0; c < CHANNELS; c++) {
      for (int h = 0; h < SIZE; h++) {
        for (int k = -SIZE / 2 + 1; k < SIZE / 2; k++) {
          double re = 0;
          double im = 0;
          for (int w = 0; w < SIZE; w++) {
            double value = levels[(h * SIZE + w) * CHANNELS + c];
            re += value * Math.cos(2 * Math.PI * k * w / SIZE);
            im -= value * Math.sin(2 * Math.PI * k * w / SIZE);
          }
          for (int w = 0; w < SIZE; w++) {
            double angle = 2 * Math.PI * k * (w - dx) / SIZE;
            out[(h * SIZE + w) * CHANNELS + c] +=
                (re * Math.cos(angle) - im * Math.sin(angle)) / SIZE;
          }
        }
      }
    }
    return out;
  }

  @Test
  void twoHalfShiftsAreOneWhole() {
    for (int index = 0; index < 10; index++) {
      double[] half = shapes.circularLevels(index, 0.5, 0);
      assertThat(fourierShiftRight(half, 0.5))
          .containsExactly(shapes.circularLevels(index, 1, 0), within(1e-6));
      assertThat(fourierShiftRight(half, -0.5))
          .containsExactly(shapes.circularLevels(index, 0, 0), within(1e-6));
    }
  }

  @Test
  void spectrumEndsAtTheCutoff() {
    for (int index = 0; index < 5; index++) {
      double[] levels = shapes.circularLevels(index, 0.3, 0.7);
      assertThat(shareAbove(levels, Spectrum.CUTOFF)).isLessThan(1e-20);
      // Negative control: the same measurement sees what is there just below, and the rounding.
      assertThat(shareAbove(levels, 0.1)).isGreaterThan(1e-4);
      double[] rounded = Arrays.stream(levels).map(Math::rint).toArray();
      assertThat(shareAbove(rounded, Spectrum.CUTOFF)).isGreaterThan(1e-10);
    }
  }

  @Test
  void levelsNeedNoClipping() {
    double low = 255;
    double high = 0;
    for (int index = 0; index < 1000; index++) {
      for (double level : shapes.circularLevels(index, 0.5, 0.5)) {
        low = Math.min(low, level);
        high = Math.max(high, level);
      }
    }
    assertThat(low).isGreaterThanOrEqualTo(0);
    assertThat(high).isLessThanOrEqualTo(255);
  }

  @Test
  void outlinesRingLessThanTheirAllowance() {
    var random = Draws.at(5);
    var table = Spectrum.table(SIZE, SIZE);
    for (ShapeKind kind : ShapeKind.values()) {
      for (int i = 0; i < 40; i++) {
        double scale = SIZE * Math.sqrt(0.1 + 0.14 * random.nextDouble());
        double stretch = Math.exp(0.28 * random.nextDouble() - 0.14);
        double angle = 2 * Math.PI * random.nextDouble();
        double cos = scale * Math.cos(angle);
        double sin = scale * Math.sin(angle);
        double x = 16 + random.nextDouble();
        double y = 16 + random.nextDouble();
        var spectrum = new Spectrum(SIZE);
        for (var part : kind.outline()) {
          var placed = part.map(stretch * cos, -sin / stretch, stretch * sin, cos / stretch, x, y);
          spectrum.addPolygon(placed, 0, 0, 1, 0);
        }
        for (double value : spectrum.render(table, 0, 0)) {
          assertThat(value).as(kind.label()).isBetween(-Scene.OVERSHOOT, 1 + Scene.OVERSHOOT);
        }
      }
    }
  }

  @Test
  void outlinesAreWhatTheirSpectraSay() { // the middle of a large square is 1, far outside is 0
    var spectrum = new Spectrum(SIZE);
    var square = new ShapeKind.Polygon(new double[] {8, 24, 24, 8}, new double[] {8, 8, 24, 24});
    spectrum.addPolygon(square, 0, 0, 1, 0);
    double[] levels = spectrum.render(Spectrum.table(SIZE, SIZE), 0, 0);
    assertThat(levels[16 * SIZE + 16]).isCloseTo(1, within(0.05));
    assertThat(levels[0]).isCloseTo(0, within(0.05));
    assertThat(levels[16 * SIZE + 8]).isCloseTo(0.5, within(0.05)); // on the edge
    assertThat(Arrays.stream(levels).sum()).isCloseTo(16 * 16, within(1e-9));
  }

  @Test
  void planeShiftsDoNotWrap() {
    for (int index = 0; index < 10; index++) {
      Image still = shapes.planeShift(index, 0, 0);
      Image moved = shapes.planeShift(index, 3, 2);
      for (int h = 2; h < SIZE; h++) {
        for (int w = 3; w < SIZE; w++) {
          assertThat(moved.at(h, w, 1)).isEqualTo(still.at(h - 2, w - 3, 1));
        }
      }
    }
    // Moved by 16, the object has left or half left; on the circle it would be back.
    double plane = 0;
    double circle = 0;
    for (int index = 0; index < 40; index++) {
      plane += contrast(shapes.planeShift(index, 24, 0));
      circle += contrast(shapes.circularShift(index, 24, 0));
    }
    assertThat(plane).isLessThan(0.8 * circle);
  }

  private static double contrast(Image image) {
    double sum = 0;
    double squares = 0;
    int n = image.height() * image.width();
    for (int i = 0; i < n; i++) {
      float v = image.at(i / SIZE, i % SIZE, 0);
      sum += v;
      squares += v * v;
    }
    return squares / n - sum / n * sum / n;
  }

  @Test
  void classesAreBalancedAndColourTellsNothing() {
    var counts = new int[10];
    var means = new double[10][CHANNELS];
    for (int i = 0; i < shapes.size(); i++) {
      counts[shapes.label(i)]++;
      double[] mean = mean(shapes.image(i));
      for (int c = 0; c < CHANNELS; c++) {
        means[shapes.label(i)][c] += mean[c];
      }
    }
    assertThat(counts).containsOnly(200);
    // The nearest class mean, fitted on this split, does no better than chance on the other.
    var test = new ShapesDataset(DataSpec.of("shapes").withSizes(1, 1000), Split.TEST);
    int right = 0;
    for (int i = 0; i < test.size(); i++) {
      double[] mean = mean(test.image(i));
      int best = 0;
      for (int k = 1; k < 10; k++) {
        best = away(mean, means[k], 200) < away(mean, means[best], 200) ? k : best;
      }
      right += best == test.label(i) ? 1 : 0;
    }
    assertThat(right).isBetween(60, 140); // 100 by chance, deviation 9.5
  }

  private static double away(double[] mean, double[] sums, int n) {
    double square = 0;
    for (int c = 0; c < CHANNELS; c++) {
      square += (mean[c] - sums[c] / n) * (mean[c] - sums[c] / n);
    }
    return square;
  }

  private static double[] mean(Image image) {
    var mean = new double[CHANNELS];
    byte[] bytes = image.bytes();
    for (int i = 0; i < bytes.length; i++) {
      mean[i % CHANNELS] += (bytes[i] & 0xff) * (double) CHANNELS / bytes.length;
    }
    return mean;
  }

  @Test
  void aSampleDependsOnSeedSplitAndIndexOnly() {
    var again = new ShapesDataset(DataSpec.of("shapes").withLimit(20), Split.TRAIN);
    var seeded = new ShapesDataset(DataSpec.of("shapes").withSeed(1), Split.TRAIN);
    var test = new ShapesDataset(DataSpec.of("shapes"), Split.TEST);
    assertThat(again.size()).isEqualTo(20);
    for (int i = 19; i >= 0; i--) {
      byte[] bytes = shapes.image(i).bytes();
      assertThat(again.image(i).bytes()).isEqualTo(bytes);
      assertThat(again.circularShift(i, 0, 0).bytes()).isEqualTo(bytes);
      assertThat(seeded.image(i).bytes()).isNotEqualTo(bytes);
      assertThat(test.image(i).bytes()).isNotEqualTo(bytes);
    }
  }

  @Test
  void otherSizesWork() {
    for (int size : new int[] {16, 17, 48}) {
      var other = new ShapesDataset(DataSpec.of("shapes").withImageSize(size), Split.TRAIN);
      assertThat(other.image(3).type()).isEqualTo(other.sampleType());
    }
    assertThatThrownBy(
            () -> new ShapesDataset(DataSpec.of("shapes").withImageSize(15), Split.TRAIN))
        .isInstanceOf(ConfigException.class)
        .hasMessageContainingAll("image_size", "16", "15");
  }

  private static double distance(double[] a, double[] b) {
    double largest = 0;
    for (int i = 0; i < a.length; i++) {
      largest = Math.max(largest, Math.abs(a[i] - b[i]));
    }
    return largest;
  }
}
