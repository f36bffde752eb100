package bandlimit.data;

import bandlimit.data.ShapeKind.Polygon;

/// A real, periodic, band-limited picture by its Fourier coefficients, which can therefore be
/// evaluated at any point: f(x, y) = sum of C(kx, ky) exp(2 pi i (kx x + ky y) / period).
///
/// Only |k| < period * [#CUTOFF] is stored, and of that the half kx >= 0; the other half is the
/// conjugate.
final class Spectrum {
  /// Where the spectrum ends, in cycles per sample: three quarters of Nyquist. All is exactly 0
  /// from here on.
  static final double CUTOFF = 0.375;

  /// Outlines keep their spectrum up to this share of the cutoff, then fall off as a raised cosine.
  private static final double FLAT = 0.5;

  private final int period;
  private final int reach; // kx 0..reach, ky -reach..reach
  private final int columns;
  private final double[] re; // (2 reach + 1, reach + 1)
  private final double[] im;

  Spectrum(int period) {
    this.period = period;
    this.reach = (int) Math.ceil(period * CUTOFF) - 1;
    this.columns = reach + 1;
    this.re = new double[(2 * reach + 1) * columns];
    this.im = new double[re.length];
  }

  int period() {
    return period;
  }

  /// Adds amplitude cos(2 pi (kx x + ky y) / period + phase).
  void addWave(int kx, int ky, double amplitude, double phase) {
    if (kx < 0) {
      addWave(-kx, -ky, amplitude, -phase);
      return;
    }
    if (kx * kx + ky * ky >= period * CUTOFF * period * CUTOFF) {
      throw new IllegalArgumentException("wave (" + kx + ", " + ky + ") is above the cutoff");
    }
    double c = amplitude / 2 * StrictMath.cos(phase);
    double s = amplitude / 2 * StrictMath.sin(phase);
    add(kx, ky, c, s);
    if (kx == 0) {
      add(0, -ky, c, -s);
    }
  }

  void addConstant(double value) {
    add(0, 0, value, 0);
  }

  void add(Spectrum other, double factor) {
    for (int i = 0; i < re.length; i++) {
      re[i] += factor * other.re[i];
      im[i] += factor * other.im[i];
    }
  }

  private void add(int kx, int ky, double real, double imaginary) {
    int i = (ky + reach) * columns + kx;
    re[i] += real;
    im[i] += imaginary;
  }

  /// Adds the inside of `p`, made periodic and low-passed, times the complex wave (real + i
  /// imaginary) exp(2 pi i (fx x + fy y) / period). Whoever adds a wave also adds its conjugate, at
  /// (-fx, -fy).
  ///
  /// By Green's theorem the transform of a polygon at frequency q is a sum over its edges e from
  /// corner a to b: -1 / (4 pi^2 |q|^2) sum of (q x e) / (q . e) (exp(-2 pi i q.b) - exp(-2 pi i
  /// q.a)).
  void addPolygon(Polygon p, double fx, double fy, double real, double imaginary) {
    int corners = p.x().length;
    var ax = waves(p.x(), -fx, columns);
    var ay = waves(p.y(), -reach - fy, 2 * reach + 1);
    double area = p.area() / period / period;
    for (int ky = -reach; ky <= reach; ky++) {
      for (int kx = 0; kx <= reach; kx++) {
        double gain = gain(kx, ky);
        if (gain == 0) {
          continue;
        }
        double qx = (kx - fx) / period;
        double qy = (ky - fy) / period;
        double square = qx * qx + qy * qy;
        double sumRe = 0;
        double sumIm = 0;
        if (square * period * period < 1e-18) {
          sumRe = area;
        } else {
          int last = corners - 1;
          double lastRe = productRe(ax[last], ay[last], kx, ky + reach);
          double lastIm = productIm(ax[last], ay[last], kx, ky + reach);
          for (int j = 0; j < corners; j++) {
            double nextRe = productRe(ax[j], ay[j], kx, ky + reach);
            double nextIm = productIm(ax[j], ay[j], kx, ky + reach);
            double ex = p.x()[j] - p.x()[last];
            double ey = p.y()[j] - p.y()[last];
            double along = qx * ex + qy * ey;
            double across = qx * ey - qy * ex;
            if (Math.abs(along) > 1e-7) {
              double t = across / along;
              sumRe += t * (nextRe - lastRe);
              sumIm += t * (nextIm - lastIm);
            } else { // the limit: (exp(-i b) - exp(-i a)) / (b - a) is -i exp(-i middle)
              double t = Math.PI * across;
              sumRe += t * (nextIm + lastIm);
              sumIm -= t * (nextRe + lastRe);
            }
            last = j;
            lastRe = nextRe;
            lastIm = nextIm;
          }
          double factor = -1 / (4 * Math.PI * Math.PI * square * period * period);
          sumRe *= factor;
          sumIm *= factor;
        }
        add(
            kx,
            ky,
            gain * (real * sumRe - imaginary * sumIm),
            gain * (real * sumIm + imaginary * sumRe));
      }
    }
  }

  private double gain(int kx, int ky) {
    double r = Math.sqrt(kx * kx + ky * ky) / (period * CUTOFF);
    if (r >= 1) {
      return 0;
    }
    return r <= FLAT ? 1 : 0.5 + 0.5 * StrictMath.cos(Math.PI * (r - FLAT) / (1 - FLAT));
  }

  /// exp(-2 pi i (start + k) at[j] / period) for k = 0.., as re, im pairs per corner j.
  private double[][] waves(double[] at, double start, int count) {
    var all = new double[at.length][2 * count];
    for (int j = 0; j < at.length; j++) {
      double angle = -2 * Math.PI * at[j] / period;
      double stepRe = StrictMath.cos(angle);
      double stepIm = StrictMath.sin(angle);
      double waveRe = StrictMath.cos(angle * start);
      double waveIm = StrictMath.sin(angle * start);
      for (int k = 0; k < count; k++) {
        all[j][2 * k] = waveRe;
        all[j][2 * k + 1] = waveIm;
        double turned = waveRe * stepRe - waveIm * stepIm;
        waveIm = waveRe * stepIm + waveIm * stepRe;
        waveRe = turned;
      }
    }
    return all;
  }

  private static double productRe(double[] a, double[] b, int i, int j) {
    return a[2 * i] * b[2 * j] - a[2 * i + 1] * b[2 * j + 1];
  }

  private static double productIm(double[] a, double[] b, int i, int j) {
    return a[2 * i] * b[2 * j + 1] + a[2 * i + 1] * b[2 * j];
  }

  /// Cosines and sines of 2 pi k x / period for k = 0..reach and x = 0..size - 1.
  record Table(int size, double[][] cos, double[][] sin) {}

  static Table table(int period, int size) {
    int reach = (int) Math.ceil(period * CUTOFF) - 1;
    var cos = new double[reach + 1][size];
    var sin = new double[reach + 1][size];
    for (int k = 0; k <= reach; k++) {
      for (int x = 0; x < size; x++) {
        double angle = 2 * Math.PI * (k * x % period) / period;
        cos[k][x] = StrictMath.cos(angle);
        sin[k][x] = StrictMath.sin(angle);
      }
    }
    return new Table(size, cos, sin);
  }

  /// The picture moved right by `dx` and down by `dy`, at the points (x, y) = 0..size - 1, row by
  /// row.
  double[] render(Table table, double dx, double dy) {
    int size = table.size;
    var out = new double[size * size];
    var rowRe = new double[size];
    var rowIm = new double[size];
    double turn = -2 * Math.PI / period;
    for (int kx = 0; kx <= reach; kx++) {
      // First along y, for this kx: row(y) = sum over ky of C(kx, ky) exp(2 pi i ky y / period).
      java.util.Arrays.fill(rowRe, 0);
      java.util.Arrays.fill(rowIm, 0);
      for (int ky = -reach; ky <= reach; ky++) {
        int i = (ky + reach) * columns + kx;
        double c = re[i];
        double s = im[i];
        if (c == 0 && s == 0) {
          continue;
        }
        if (dx != 0 || dy != 0) {
          double angle = turn * (kx * dx + ky * dy);
          double phaseRe = StrictMath.cos(angle);
          double phaseIm = StrictMath.sin(angle);
          double turned = c * phaseRe - s * phaseIm;
          s = c * phaseIm + s * phaseRe;
          c = turned;
        }
        double[] cos = table.cos[Math.abs(ky)];
        double[] sin = table.sin[Math.abs(ky)];
        double sign = ky < 0 ? -1 : 1;
        for (int y = 0; y < size; y++) {
          rowRe[y] += c * cos[y] - sign * s * sin[y];
          rowIm[y] += sign * c * sin[y] + s * cos[y];
        }
      }
      double weight = kx == 0 ? 1 : 2; // the conjugate half
      double[] cos = table.cos[kx];
      double[] sin = table.sin[kx];
      for (int y = 0; y < size; y++) {
        double c = weight * rowRe[y];
        double s = weight * rowIm[y];
        int line = y * size;
        for (int x = 0; x < size; x++) {
          out[line + x] += c * cos[x] - s * sin[x];
        }
      }
    }
    return out;
  }
}
