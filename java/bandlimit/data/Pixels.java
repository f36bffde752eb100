package bandlimit.data;

import java.util.Arrays;
import java.util.function.IntUnaryOperator;

/// Changes of a U8 image's values, each channel by itself unless it says otherwise: the operations
/// of AutoAugment (Cubuk et al. 2019, appendix A), whose definitions are those of Pillow's
/// `ImageOps` and `ImageEnhance`. Results are rounded to nearest.
final class Pixels {
  private Pixels() {}

  /// Stretches each channel to 0..255; a constant one stays.
  static Image autoContrast(Image image) {
    return eachChannel(
        image,
        histogram -> {
          int low = 0;
          int high = 255;
          while (low < 255 && histogram[low] == 0) {
            low++;
          }
          while (high > 0 && histogram[high] == 0) {
            high--;
          }
          int least = low;
          int span = high - low;
          return span <= 0
              ? v -> v
              : v -> Math.clamp(Math.round((v - least) * 255.0 / span), 0, 255);
        });
  }

  /// Makes the values of each channel as evenly distributed as a table of values can.
  static Image equalize(Image image) {
    return eachChannel(
        image,
        histogram -> {
          int last = 255;
          while (last > 0 && histogram[last] == 0) {
            last--;
          }
          int step = (Arrays.stream(histogram).sum() - histogram[last]) / 255;
          if (step == 0) {
            return v -> v;
          }
          var table = new int[256];
          int below = step / 2;
          for (int v = 0; v < 256; v++) {
            table[v] = Math.min(255, below / step);
            below += histogram[v];
          }
          return v -> table[v];
        });
  }

  static Image invert(Image image) {
    return map(image, v -> 255 - v);
  }

  /// Keeps the `bits` highest bits.
  static Image posterize(Image image, int bits) {
    int kept = bits >= 8 ? 255 : 255 & -(1 << (8 - bits));
    return map(image, v -> v & kept);
  }

  /// Inverts values of `threshold` and more.
  static Image solarize(Image image, int threshold) {
    return map(image, v -> v < threshold ? v : 255 - v);
  }

  /// Adds to the values below 128.
  static Image solarizeAdd(Image image, int add) {
    return map(image, v -> v < 128 ? Math.min(255, v + add) : v);
  }

  /// 0 is black, 1 the image.
  static Image brightness(Image image, double factor) {
    return blend(image, factor, _ -> 0);
  }

  /// 0 is the mean luma everywhere, 1 the image.
  static Image contrast(Image image, double factor) {
    double sum = 0;
    int pixels = image.height() * image.width();
    for (int i = 0; i < pixels; i++) {
      sum += luma(image, i);
    }
    double mean = Math.round(sum / pixels);
    return blend(image, factor, _ -> mean);
  }

  /// Saturation: 0 is the luma (BT.601) in every channel, 1 the image. Grey images stay.
  static Image color(Image image, double factor) {
    return image.channels() == 1
        ? image
        : blend(image, factor, i -> luma(image, i / image.channels()));
  }

  /// 0 is smoothed by [1 1 1; 1 5 1; 1 1 1] / 13 inside the border, 1 the image.
  static Image sharpness(Image image, double factor) {
    int c = image.channels();
    int row = image.width() * c;
    byte[] x = image.bytes();
    return blend(
        image,
        factor,
        i -> {
          int h = i / row;
          int w = i % row / c;
          if (h == 0 || w == 0 || h == image.height() - 1 || w == image.width() - 1) {
            return x[i] & 0xff;
          }
          int sum = 4 * (x[i] & 0xff);
          for (int dy = -1; dy <= 1; dy++) {
            for (int dx = -1; dx <= 1; dx++) {
              sum += x[i + dy * row + dx * c] & 0xff;
            }
          }
          return sum / 13.0;
        });
  }

  /// out(x, y) = in(a x + b y + c, d x + e y + f), places of pixel centres (0.5, 0.5) to (width -
  /// 0.5, height - 0.5), bilinear; `fill` (one value a channel) where that lies outside.
  static Image affine(Image image, double[] m, int[] fill) {
    int channels = image.channels();
    int width = image.width();
    int height = image.height();
    byte[] source = image.bytes();
    var bytes = new byte[source.length];
    for (int h = 0; h < height; h++) {
      for (int w = 0; w < width; w++) {
        double x = m[0] * (w + 0.5) + m[1] * (h + 0.5) + m[2];
        double y = m[3] * (w + 0.5) + m[4] * (h + 0.5) + m[5];
        int to = (h * width + w) * channels;
        if (!(x >= 0 && x < width && y >= 0 && y < height)) {
          for (int k = 0; k < channels; k++) {
            bytes[to + k] = (byte) fill[k];
          }
          continue;
        }
        int left = (int) Math.floor(x - 0.5);
        int top = (int) Math.floor(y - 0.5);
        double right = x - 0.5 - left;
        double down = y - 0.5 - top;
        int x0 = Math.max(left, 0);
        int x1 = Math.min(left + 1, width - 1);
        int y0 = Math.max(top, 0) * width;
        int y1 = Math.min(top + 1, height - 1) * width;
        for (int k = 0; k < channels; k++) {
          double above =
              (1 - right) * (source[(y0 + x0) * channels + k] & 0xff)
                  + right * (source[(y0 + x1) * channels + k] & 0xff);
          double below =
              (1 - right) * (source[(y1 + x0) * channels + k] & 0xff)
                  + right * (source[(y1 + x1) * channels + k] & 0xff);
          bytes[to + k] = (byte) Math.round((1 - down) * above + down * below);
        }
      }
    }
    return Image.of(height, width, channels, bytes);
  }

  private static double luma(Image image, int pixel) {
    byte[] x = image.bytes();
    if (image.channels() == 1) {
      return x[pixel] & 0xff;
    }
    return 0.299 * (x[3 * pixel] & 0xff)
        + 0.587 * (x[3 * pixel + 1] & 0xff)
        + 0.114 * (x[3 * pixel + 2] & 0xff);
  }

  @FunctionalInterface
  private interface Degenerate {
    double at(int element);
  }

  private static Image blend(Image image, double factor, Degenerate other) {
    byte[] x = image.bytes();
    var bytes = new byte[x.length];
    for (int i = 0; i < x.length; i++) {
      double from = other.at(i);
      bytes[i] = (byte) Math.clamp(Math.round(from + factor * ((x[i] & 0xff) - from)), 0, 255);
    }
    return Image.of(image.height(), image.width(), image.channels(), bytes);
  }

  private static Image map(Image image, IntUnaryOperator value) {
    return eachChannel(image, _ -> value);
  }

  @FunctionalInterface
  private interface ChannelMap {
    IntUnaryOperator of(int[] histogram);
  }

  private static Image eachChannel(Image image, ChannelMap map) {
    int channels = image.channels();
    byte[] x = image.bytes();
    var bytes = new byte[x.length];
    for (int c = 0; c < channels; c++) {
      var histogram = new int[256];
      for (int i = c; i < x.length; i += channels) {
        histogram[x[i] & 0xff]++;
      }
      IntUnaryOperator value = map.of(histogram);
      for (int i = c; i < x.length; i += channels) {
        bytes[i] = (byte) value.applyAsInt(x[i] & 0xff);
      }
    }
    return Image.of(image.height(), image.width(), channels, bytes);
  }
}
