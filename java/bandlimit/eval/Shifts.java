package bandlimit.eval;

import bandlimit.data.AugmentSpec.CropMode;
import bandlimit.data.Image;
import bandlimit.data.Transforms;
import bandlimit.tensor.DType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

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
    double[][] rows = rows(values(image), height);
    if (height > 1) {
      rows = convolve(rows, kernel(height, by.dy()));
    }
    if (width > 1) {
      double[][] columns = convolve(transpose(rows, channels), kernel(width, by.dx()));
      rows = transpose(columns, channels);
    }
    return floats(image, flat(rows));
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

  /// What an impulse at 0 becomes, moved by `distance`: the sum of the frequencies below Nyquist, a
  /// Dirichlet kernel, which is [bandlimit.signal.IdealResampler]'s with an edge of 0.
  private static double[] kernel(int n, double distance) {
    int frequencies = 2 * ((n - 1) / 2) + 1;
    var kernel = new double[n];
    for (int i = 0; i < n; i++) {
      double turn = Math.PI * Math.IEEEremainder(i - distance, n) / n; // -pi/2 to pi/2
      double sin = StrictMath.sin(turn);
      kernel[i] = (sin == 0 ? frequencies : StrictMath.sin(frequencies * turn) / sin) / n;
    }
    return kernel;
  }

  /// Circular convolution over the rows. Four sources a pass, so that a result is read and written
  /// once for four products; rows are arrays of their own, so that the compiler makes vectors of
  /// it.
  private static double[][] convolve(double[][] x, double[] kernel) {
    int n = x.length;
    var y = new double[n][x[0].length];
    for (int to = 0; to < n; to++) {
      int from = 0;
      for (; from + 4 <= n; from += 4) {
        add(
            y[to],
            kernel[Math.floorMod(to - from, n)],
            x[from],
            kernel[Math.floorMod(to - from - 1, n)],
            x[from + 1],
            kernel[Math.floorMod(to - from - 2, n)],
            x[from + 2],
            kernel[Math.floorMod(to - from - 3, n)],
            x[from + 3]);
      }
      for (; from < n; from++) {
        add(y[to], kernel[Math.floorMod(to - from, n)], x[from], 0, x[0], 0, x[0], 0, x[0]);
      }
    }
    return y;
  }

  private static void add(
      double[] y,
      double k0,
      double[] x0,
      double k1,
      double[] x1,
      double k2,
      double[] x2,
      double k3,
      double[] x3) {
    for (int i = 0; i < y.length; i++) {
      y[i] += k0 * x0[i] + k1 * x1[i] + k2 * x2[i] + k3 * x3[i];
    }
  }

  private static double[][] rows(double[] x, int count) {
    int inner = x.length / count;
    var rows = new double[count][];
    for (int row = 0; row < count; row++) {
      rows[row] = Arrays.copyOfRange(x, row * inner, (row + 1) * inner);
    }
    return rows;
  }

  private static double[] flat(double[][] rows) {
    int inner = rows[0].length;
    var x = new double[rows.length * inner];
    for (int row = 0; row < rows.length; row++) {
      System.arraycopy(rows[row], 0, x, row * inner, inner);
    }
    return x;
  }

  /// Rows of pixels of so many channels to columns of them.
  private static double[][] transpose(double[][] rows, int channels) {
    var columns = new double[rows[0].length / channels][rows.length * channels];
    for (int r = 0; r < rows.length; r++) {
      for (int c = 0; c < columns.length; c++) {
        for (int k = 0; k < channels; k++) {
          columns[c][r * channels + k] = rows[r][c * channels + k];
        }
      }
    }
    return columns;
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
