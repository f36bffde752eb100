package bandlimit.eval;

import static org.assertj.core.api.Assertions.assertThat;

import bandlimit.data.Image;
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
    CropCanvas canvas = CropCanvas.of(IMAGE.type());
    assertThat(canvas.crop(canvas.area(IMAGE, IMAGE), 4, 4).bytes()).isEqualTo(IMAGE.bytes());
    Image first = canvas.crop(IMAGE, 0, 0);
    assertThat(first.at(0, 0, 1)).isEqualTo(IMAGE.at(4, 4, 1));
    assertThat(first.at(3, 4, 1)).isEqualTo(IMAGE.at(1, 0, 1));
  }

  @Test
  void theMiddleCropOfALargeImageIsItsCentre() {
    Image large = new PixelDataset(1, 128, 128, 3, 2, 1).image(0);
    CropCanvas canvas = CropCanvas.of(new PixelDataset(1, 96, 96, 3, 2, 1).sampleType());
    assertThat(canvas.label()).isEqualTo("int32");
    Image area = canvas.area(large, large);
    assertThat(area.bytes()).isEqualTo(large.bytes());
    assertThat(canvas.crop(area, 32, 0).at(0, 5, 1)).isEqualTo(large.at(32, 5, 1));
  }
}
