package bandlimit.backend.cpu;

import bandlimit.graph.op.PrepareImages;
import java.lang.foreign.ValueLayout;

/// Windows of images, normalised: a row at a time.
final class ImagesCpu {
  private ImagesCpu() {}

  static Kernel prepare(Pool pool, PrepareImages op, View x, View windows, View y) {
    int channels = x.shape().c();
    var factor = new float[channels];
    var offset = new float[channels];
    for (int c = 0; c < channels; c++) {
      factor[c] = (float) op.factor(c);
      offset[c] = (float) op.offset(c);
    }
    int length = op.width() * channels;
    Pool.Task task =
        (n, lane) -> {
          int top = windows.getInt((long) n * PrepareImages.WINDOW);
          int left = windows.getInt((long) n * PrepareImages.WINDOW + 1);
          boolean flip = windows.getInt((long) n * PrepareImages.WINDOW + 2) != 0;
          var row = lane.tile(0, length);
          for (int i = 0; i < op.height(); i++) {
            int h = op.pixel(top + i, x.shape().h());
            for (int j = 0; j < op.width(); j++) {
              int w = op.pixel(left + (flip ? op.width() - 1 - j : j), x.shape().w());
              long from = (((long) n * x.shape().h() + h) * x.shape().w() + w) * channels;
              for (int c = 0; c < channels; c++) {
                int value = h < 0 || w < 0 ? 0 : x.data.get(ValueLayout.JAVA_BYTE, from + c) & 0xff;
                row[j * channels + c] = value * factor[c] + offset[c];
              }
            }
            y.store(((long) n * op.height() + i) * length, row, length);
          }
        };
    return () -> pool.run(x.shape().n(), task);
  }
}
