package bandlimit.data;

import java.util.random.RandomGenerator;

/// Random erasing (Zhong et al. 2020): with some probability, one to `count` rectangles of a sample
/// are overwritten, together of 2 % to a third of its area, higher than wide or wider than high by
/// up to 10 / 3.
///
/// Numbers are written before normalisation, so that what the network sees is 0 or normally
/// distributed with deviation 1.
record Eraser(AugmentSpec.Erase spec, Normalization normalization) {
  private static final double LEAST_AREA = 0.02;
  private static final double MOST_AREA = 1 / 3.0;
  private static final double LOG_ASPECT = StrictMath.log(10 / 3.0);

  /// The rectangle (top, left, height, width).
  record Box(int top, int left, int height, int width) {}

  /// @param x (height, width, channels), in units of the normalisation
  void erase(float[] x, int height, int width, int channels, RandomGenerator random) {
    if (!(random.nextDouble() < spec.prob())) {
      return;
    }
    int boxes = 1 + random.nextInt(spec.count());
    for (int i = 0; i < boxes; i++) {
      for (int attempt = 0; attempt < 10; attempt++) {
        var box = box(height, width, boxes, random);
        if (box.height < height && box.width < width) {
          fill(x, width, channels, place(box, height, width, random), random);
          break;
        }
      }
    }
  }

  private static Box box(int height, int width, int boxes, RandomGenerator random) {
    double share = LEAST_AREA + (MOST_AREA - LEAST_AREA) * random.nextDouble();
    double area = share * height * width / boxes;
    double aspect = StrictMath.exp(LOG_ASPECT * (2 * random.nextDouble() - 1));
    int h = (int) Math.round(Math.sqrt(area * aspect));
    return new Box(0, 0, h, (int) Math.round(Math.sqrt(area / aspect)));
  }

  private static Box place(Box box, int height, int width, RandomGenerator random) {
    int top = random.nextInt(height - box.height + 1);
    return new Box(top, random.nextInt(width - box.width + 1), box.height, box.width);
  }

  private void fill(float[] x, int width, int channels, Box box, RandomGenerator random) {
    var value = new double[channels];
    if (spec.mode() == AugmentSpec.EraseMode.RAND) {
      java.util.Arrays.setAll(value, _ -> random.nextGaussian());
    }
    for (int h = box.top; h < box.top + box.height; h++) {
      for (int w = box.left; w < box.left + box.width; w++) {
        for (int c = 0; c < channels; c++) {
          double z = spec.mode() == AugmentSpec.EraseMode.PIXEL ? random.nextGaussian() : value[c];
          x[(h * width + w) * channels + c] =
              (float) (normalization.mean().get(c) + normalization.std().get(c) * z);
        }
      }
    }
  }
}
