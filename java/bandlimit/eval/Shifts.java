package bandlimit.eval;

import bandlimit.data.AugmentSpec.CropMode;
import bandlimit.data.Image;
import bandlimit.data.Transforms;
import bandlimit.signal.IdealResampler;
import bandlimit.tensor.DType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.stream.IntStream;

/// Moving a sample. Signals (height 1) move along time only.
///
/// Shifts by fractions of a pixel give F32, bytes as 0 to 1 before, and neither round nor clamp:
/// where an image has edges, its interpolation over- and undershoots 0 to 1.
final class Shifts {
  private Shifts() {}

  /// The content moves down by `dy` and right by `dx`; what leaves on one side enters on the other:
  /// out(h, w) = in(h - dy, w - dx).
  static Image circular(Image image, int dy, int dx) {
    int height = image.height();
    int width = image.width();
    int row = width * image.pixelBytes();
    int cut = Math.floorMod(dx, width) * image.pixelBytes();
    var bytes = new byte[image.bytes().length];
    for (int h = 0; h < height; h++) {
      int from = h * row;
      int to = Math.floorMod(h + dy, height) * row;
      System.arraycopy(image.bytes(), from, bytes, to + cut, row - cut);
      System.arraycopy(image.bytes(), from + row - cut, bytes, to, cut);
    }
    return Image.of(height, width, image.channels(), image.dtype(), bytes);
  }

  /// The (height, width) at (top, left); what lies outside is mirrored.
  static Image crop(Image image, int top, int left, int height, int width) {
    return Transforms.crop(image, top, left, height, width, CropMode.REFLECT);
  }

  /// The same direction by real distances: the trigonometric interpolation of the period, read
  /// elsewhere. An even axis loses its Nyquist frequency, which has no phase to move, under every
  /// shift, that by 0 too.
  static Image ideal(Image image, Displacement by) {
    int height = image.height();
    int width = image.width();
    int channels = image.channels();
    double[] x = values(image);
    if (height > 1) {
      x = convolve(x, 1, height, width * channels, kernel(height, by.dy()));
    }
    if (width > 1) {
      x = convolve(x, height, width, channels, kernel(width, by.dx()));
    }
    return floats(image, x);
  }

  /// The same direction by real distances, the frame in place: bilinear between pixels, black (for
  /// signals 0) outside. Nothing changes under a shift by 0.
  static Image bilinear(Image image, Displacement by) {
    int height = image.height();
    int width = image.width();
    int channels = image.channels();
    double[] x = values(image);
    if (height > 1) {
      x = lerp(x, 1, height, width * channels, by.dy());
    }
    return floats(image, lerp(x, height, width, channels, by.dx()));
  }

  /// What an impulse at 0 becomes.
  private static double[] kernel(int n, double distance) {
    var shift = new IdealResampler(n, n, 1, 1, n, n % 2 == 0 ? 0 : 0.5, distance, false);
    var matrix = shift.matrix();
    return IntStream.range(0, n).mapToDouble(i -> matrix.get(i * n)).toArray();
  }

  /// Circular convolution on the middle axis of (outer, n, inner).
  private static double[] convolve(double[] x, int outer, int n, int inner, double[] kernel) {
    var y = new double[x.length];
    for (int o = 0; o < outer; o++) {
      for (int to = 0; to < n; to++) {
        int target = (o * n + to) * inner;
        for (int from = 0; from < n; from++) {
          double k = kernel[to >= from ? to - from : to - from + n];
          int source = (o * n + from) * inner;
          for (int i = 0; i < inner; i++) {
            y[target + i] += k * x[source + i];
          }
        }
      }
    }
    return y;
  }

  /// Linear interpolation on the middle axis of (outer, n, inner), 0 outside.
  private static double[] lerp(double[] x, int outer, int n, int inner, double distance) {
    int whole = (int) Math.floor(distance);
    double part = distance - whole;
    var y = new double[x.length];
    for (int o = 0; o < outer; o++) {
      for (int to = 0; to < n; to++) {
        int near = to - whole;
        int target = (o * n + to) * inner;
        for (int i = 0; i < inner; i++) {
          double a = near >= 0 && near < n ? x[(o * n + near) * inner + i] : 0;
          double b = near >= 1 && near <= n ? x[(o * n + near - 1) * inner + i] : 0;
          y[target + i] = part == 0 ? a : (1 - part) * a + part * b;
        }
      }
    }
    return y;
  }

  private static double[] values(Image image) {
    var values = new double[image.height() * image.width() * image.channels()];
    if (image.dtype() == DType.U8) {
      for (int i = 0; i < values.length; i++) {
        values[i] = (image.bytes()[i] & 0xff) / 255.0;
      }
    } else {
      var floats = ByteBuffer.wrap(image.bytes()).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer();
      for (int i = 0; i < values.length; i++) {
        values[i] = floats.get(i);
      }
    }
    return values;
  }

  private static Image floats(Image like, double[] values) {
    var floats = new float[values.length];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = (float) values[i];
    }
    return Image.of(like.height(), like.width(), like.channels(), floats);
  }
}
