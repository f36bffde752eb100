package bandlimit.data;

import bandlimit.tensor.DType;

/// Resizing with antialiasing, one axis after the other.
///
/// Output pixel o looks at the source around (o + 1/2) scale with a kernel widened by max(scale,
/// 1), whose weights are normalised to sum to 1 and cut at the box's edge.
final class Resize {
  /// The source pixels first[o] .. first[o] + count[o] - 1 and their weights, `taps` apart.
  private record Weights(int[] first, int[] count, float[] values, int taps) {}

  private Resize() {}

  /// The box (top, left, h, w) of a U8 image, resized to (height, width).
  static Image box(
      Image image, int top, int left, int h, int w, int height, int width, Interpolation by) {
    if (image.dtype() != DType.U8) {
      throw new IllegalArgumentException("only U8 images are resized, not " + image);
    }
    if (h == height && w == width) {
      return Transforms.crop(image, top, left, h, w, AugmentSpec.CropMode.ZERO);
    }
    int c = image.channels();
    Weights across = weights(w, width, by);
    Weights down = weights(h, height, by);
    var rows = new float[h * width * c]; // (h, width, c)
    byte[] source = image.bytes();
    for (int y = 0; y < h; y++) {
      int line = ((top + y) * image.width() + left) * c;
      for (int x = 0; x < width; x++) {
        for (int channel = 0; channel < c; channel++) {
          float sum = 0;
          int from = line + across.first[x] * c + channel;
          for (int k = 0; k < across.count[x]; k++) {
            sum += across.values[x * across.taps + k] * (source[from + k * c] & 0xff);
          }
          rows[(y * width + x) * c + channel] = sum;
        }
      }
    }
    var bytes = new byte[height * width * c];
    var sums = new float[width * c];
    for (int y = 0; y < height; y++) {
      java.util.Arrays.fill(sums, 0.5f); // rounds to nearest
      for (int k = 0; k < down.count[y]; k++) {
        float weight = down.values[y * down.taps + k];
        int from = (down.first[y] + k) * width * c;
        for (int i = 0; i < sums.length; i++) {
          sums[i] += weight * rows[from + i];
        }
      }
      for (int i = 0; i < sums.length; i++) {
        bytes[y * sums.length + i] = (byte) Math.clamp((int) sums[i], 0, 255);
      }
    }
    return Image.of(height, width, c, bytes);
  }

  private static Weights weights(int in, int out, Interpolation by) {
    double scale = (double) in / out;
    double wider = Math.max(scale, 1);
    double reach = by.reach * wider;
    int taps = (int) Math.ceil(reach) * 2 + 1;
    var first = new int[out];
    var count = new int[out];
    var values = new float[out * taps];
    for (int o = 0; o < out; o++) {
      double center = (o + 0.5) * scale;
      int from = Math.max(0, (int) (center - reach + 0.5));
      int to = Math.min(in, (int) (center + reach + 0.5));
      double sum = 0;
      for (int i = from; i < to; i++) {
        sum += by.weight((i + 0.5 - center) / wider);
      }
      for (int i = from; i < to; i++) {
        values[o * taps + i - from] = (float) (by.weight((i + 0.5 - center) / wider) / sum);
      }
      first[o] = from;
      count[o] = to - from;
    }
    return new Weights(first, count, values, taps);
  }
}
