package bandlimit.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import bandlimit.data.Image;
import bandlimit.signal.IdealResampler;
import bandlimit.tensor.DType;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class ShiftsTest {
  private static final Image IMAGE = new PixelDataset(1, 5, 7, 3, 2, 1).image(0);

  @Test
  void circularMovesEveryPixelDownAndRight() {
    for (int dy = -11; dy <= 11; dy++) {
      for (int dx = -15; dx <= 15; dx++) {
        Image moved = Shifts.circular(IMAGE, dy, dx);
        for (int h = 0; h < 5; h++) {
          for (int w = 0; w < 7; w++) {
            int fromH = Math.floorMod(h - dy, 5);
            int fromW = Math.floorMod(w - dx, 7);
            assertThat(moved.at(h, w, 2)).isEqualTo(IMAGE.at(fromH, fromW, 2));
          }
        }
      }
    }
  }

  @Test
  void theMiddleCropIsTheSample() {
    CropCanvas canvas = CropCanvas.of(new PixelDataset(1, 5, 7, 3, 2, 1));
    assertThat(canvas.crop(canvas.area(IMAGE, IMAGE), 4, 4).bytes()).isEqualTo(IMAGE.bytes());
    Image first = canvas.crop(IMAGE, 0, 0);
    assertThat(first.at(0, 0, 1)).isEqualTo(IMAGE.at(4, 4, 1));
    assertThat(first.at(3, 4, 1)).isEqualTo(IMAGE.at(1, 0, 1));
  }

  @Test
  void theMiddleCropOfALargeImageIsItsCentre() {
    Image large = new PixelDataset(1, 128, 128, 3, 2, 1).image(0);
    CropCanvas canvas = CropCanvas.of(new PixelDataset(1, 96, 96, 3, 2, 1));
    assertThat(canvas.label()).isEqualTo("int32");
    Image area = canvas.area(large, large);
    assertThat(area.bytes()).isEqualTo(large.bytes());
    assertThat(canvas.crop(area, 32, 0).at(0, 5, 1)).isEqualTo(large.at(32, 5, 1));
  }

  /// Odd sizes have no Nyquist frequency, so nothing is lost.
  @Test
  void anIdealShiftByWholePixelsIsTheCircularOne() {
    for (int d = -9; d <= 9; d += 3) {
      Image ideal = Shifts.ideal(IMAGE, new Displacement(d, -d + 1));
      Image rolled = Shifts.circular(IMAGE, d, -d + 1);
      assertThat(difference(ideal, rolled)).isLessThan(2e-7);
    }
    assertThat(difference(Shifts.ideal(IMAGE, new Displacement(0, 0)), IMAGE)).isLessThan(2e-7);
  }

  @Test
  void idealShiftsAddUp() {
    Image even = new PixelDataset(1, 6, 8, 2, 2, 1).image(0);
    for (Image image : List.of(IMAGE, even)) {
      Image halves = image;
      for (int i = 0; i < 2; i++) {
        halves = Shifts.ideal(halves, new Displacement(0.5, 1.5));
      }
      Image whole = Shifts.ideal(image, new Displacement(1, 3));
      assertThat(difference(halves, whole)).isLessThan(1e-6);
      Image thirds = Shifts.ideal(image, new Displacement(1 / 3.0, 0));
      Image back = Shifts.ideal(thirds, new Displacement(-1 / 3.0, 0));
      Image filtered = Shifts.ideal(image, new Displacement(0, 0));
      assertThat(difference(back, filtered)).isLessThan(1e-6);
    }
    // the even image's Nyquist frequency is gone, and nothing else
    Image filtered = Shifts.ideal(even, new Displacement(0, 0));
    assertThat(difference(filtered, even)).isGreaterThan(1e-2);
    assertThat(difference(Shifts.ideal(filtered, new Displacement(0, 0)), filtered))
        .isLessThan(1e-6);
  }

  @Test
  void anIdealShiftIsTheResamplersWithoutItsEdge() {
    for (int n : new int[] {5, 8, 11}) {
      var wave = new float[n];
      var random = new SplittableRandom(n);
      for (int i = 0; i < n; i++) {
        wave[i] = (float) random.nextDouble();
      }
      for (double by : new double[] {0, 0.25, -1.37, 2 * n + 1, 1e-12}) {
        double edge = n % 2 == 0 ? 0 : 0.5;
        var matrix = new IdealResampler(n, n, 1, 1, n, edge, by, false).matrix();
        Image moved = Shifts.ideal(Image.of(1, n, 1, wave), new Displacement(0, by));
        for (int to = 0; to < n; to++) {
          double expected = 0;
          for (int from = 0; from < n; from++) {
            expected += matrix.get(to * n + from) * wave[from];
          }
          assertThat((double) moved.at(0, to, 0)).isCloseTo(expected, within(1e-7));
        }
      }
    }
  }

  @Test
  void aFractionalShiftMovesASinusoidToTheRight() {
    var wave = new float[12];
    for (int i = 0; i < 12; i++) {
      wave[i] = (float) Math.cos(2 * Math.PI * 5 * i / 12);
    }
    Image moved = Shifts.ideal(Image.of(1, 12, 1, wave), new Displacement(0, 0.37));
    for (int i = 0; i < 12; i++) {
      double expected = Math.cos(2 * Math.PI * 5 * (i - 0.37) / 12);
      assertThat((double) moved.at(0, i, 0)).isCloseTo(expected, within(1e-6));
    }
  }

  @Test
  void aBilinearTranslationByNothingIsTheSample() {
    assertThat(difference(Shifts.bilinear(IMAGE, new Displacement(0, 0)), IMAGE)).isLessThan(1e-7);
    Image down = Shifts.bilinear(IMAGE, new Displacement(2, -1));
    Image half = Shifts.bilinear(IMAGE, new Displacement(-0.5, 0.25));
    for (int w = 0; w < 6; w++) {
      assertThat(down.at(0, w, 0)).isZero(); // what came in from above
      assertThat(down.at(4, w, 0)).isEqualTo(IMAGE.at(2, w + 1, 0) / 255);
    }
    assertThat(down.at(3, 6, 1)).isZero();
    double upper = 0.75 * IMAGE.at(1, 3, 1) + 0.25 * IMAGE.at(1, 2, 1);
    double lower = 0.75 * IMAGE.at(2, 3, 1) + 0.25 * IMAGE.at(2, 2, 1);
    assertThat(half.at(1, 3, 1) * 255).isCloseTo((float) (upper + lower) / 2, within(1e-4f));
  }

  private static double difference(Image x, Image y) {
    double most = 0;
    for (int h = 0; h < x.height(); h++) {
      for (int w = 0; w < x.width(); w++) {
        for (int c = 0; c < x.channels(); c++) {
          most = Math.max(most, Math.abs(unit(x, h, w, c) - unit(y, h, w, c)));
        }
      }
    }
    return most;
  }

  private static double unit(Image image, int h, int w, int c) {
    return image.dtype() == DType.U8 ? image.at(h, w, c) / 255.0 : image.at(h, w, c);
  }
}
