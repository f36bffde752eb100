package bandlimit.backend.reference;

import bandlimit.graph.op.PrepareImages;

/// Windows of images, normalised.
final class ImagesReference {
  private ImagesReference() {}

  static void prepare(PrepareImages op, View x, View windows, View y) {
    var image = x.shape();
    for (int n = 0; n < image.n(); n++) {
      int top = (int) windows.get(n * PrepareImages.WINDOW);
      int left = (int) windows.get(n * PrepareImages.WINDOW + 1);
      boolean flip = windows.get(n * PrepareImages.WINDOW + 2) != 0;
      for (int i = 0; i < op.height(); i++) {
        for (int j = 0; j < op.width(); j++) {
          int h = op.pixel(top + i, image.h());
          int w = op.pixel(left + (flip ? op.width() - 1 - j : j), image.w());
          for (int c = 0; c < image.c(); c++) {
            double value = h < 0 || w < 0 ? 0 : x.at(n, h, w, c);
            y.set(y.index(n, i, j, c), (value / 255 - op.mean().get(c)) / op.std().get(c));
          }
        }
      }
    }
  }
}
