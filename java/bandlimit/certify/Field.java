package bandlimit.certify;

import bandlimit.signal.IdealResampler;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;

/// One sample's map on the host, in doubles: (height, width, channels), one period of a signal on
/// the torus.
final class Field {
  private static final int PARALLEL = 1 << 15; // below, threads cost more than they save

  /// Matrices of the last few resamplers; a certificate asks for the same ones again and again.
  private static final Map<IdealResampler, double[]> MATRICES = new ConcurrentHashMap<>();

  private static final int REMEMBERED = 128;

  private final int h;
  private final int w;
  private final int c;
  private final double[] values;

  Field(int h, int w, int c, double[] values) {
    this.h = h;
    this.w = w;
    this.c = c;
    this.values = values;
    if (values.length != h * w * c) {
      throw new IllegalArgumentException(
          "%d x %d x %d are not %d values".formatted(h, w, c, values.length));
    }
  }

  int h() {
    return h;
  }

  int w() {
    return w;
  }

  int c() {
    return c;
  }

  /// Row by row; not a copy.
  double[] values() {
    return values;
  }

  /// Moved by real distances, in samples. An even axis's Nyquist frequency becomes its cosine.
  Field shifted(double down, double right) {
    return along(IdealResampler.shift(h, down), IdealResampler.shift(w, right));
  }

  /// Without the Nyquist frequency of even axes.
  Field lowpassed() {
    return along(band(h), band(w));
  }

  private static IdealResampler band(int n) {
    return IdealResampler.lowpass(n, n % 2 == 0 ? n - 1 : n);
  }

  Field along(IdealResampler rows, IdealResampler cols) {
    return rows(rows).cols(cols);
  }

  private Field rows(IdealResampler r) {
    if (r.isIdentity()) {
      return this;
    }
    var m = matrix(r);
    int line = w * c;
    var y = new double[r.to() * line];
    lines(r.to(), y.length)
        .forEach(
            o -> {
              for (int i = 0; i < h; i++) {
                add(m[o * h + i], values, i * line, y, o * line, line);
              }
            });
    return new Field(r.to(), w, c, y);
  }

  private Field cols(IdealResampler r) {
    if (r.isIdentity()) {
      return this;
    }
    var m = matrix(r);
    int out = r.to();
    var y = new double[h * out * c];
    lines(h, y.length)
        .forEach(
            row -> {
              for (int o = 0; o < out; o++) {
                for (int i = 0; i < w; i++) {
                  add(m[o * w + i], values, (row * w + i) * c, y, (row * out + o) * c, c);
                }
              }
            });
    return new Field(h, out, c, y);
  }

  private static IntStream lines(int count, int size) {
    var lines = IntStream.range(0, count);
    return size >= PARALLEL ? lines.parallel() : lines;
  }

  private static void add(double factor, double[] x, int from, double[] y, int to, int count) {
    if (factor != 0) {
      for (int k = 0; k < count; k++) {
        y[to + k] += factor * x[from + k];
      }
    }
  }

  private static double[] matrix(IdealResampler r) {
    if (MATRICES.size() > REMEMBERED) {
      MATRICES.clear();
    }
    return MATRICES.computeIfAbsent(
        r, q -> q.matrix().stream().mapToDouble(Double::doubleValue).toArray());
  }

  Field plus(double factor, Field other) {
    var sum = values.clone();
    add(factor, other.values, 0, sum, 0, sum.length);
    return new Field(h, w, c, sum);
  }

  Field times(double factor) {
    var product = new double[values.length];
    add(factor, values, 0, product, 0, product.length);
    return new Field(h, w, c, product);
  }

  double energy() {
    double sum = 0;
    for (double v : values) {
      sum += v * v;
    }
    return sum;
  }

  /// The largest absolute value.
  double largest() {
    double largest = 0;
    for (double v : values) {
      largest = Math.max(largest, Math.abs(v));
    }
    return largest;
  }

  /// The largest difference; infinite where one is not a number.
  double difference(Field other) {
    double largest = 0;
    for (int i = 0; i < values.length; i++) {
      double difference = Math.abs(values[i] - other.values[i]);
      largest = Double.isNaN(difference) ? Double.POSITIVE_INFINITY : Math.max(largest, difference);
    }
    return largest;
  }

  /// The largest difference as a share of this field's largest value; 0 where both are 0.
  double distance(Field other) {
    double largest = difference(other);
    return largest == 0 ? 0 : largest / largest();
  }
}
