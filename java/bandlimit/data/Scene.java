package bandlimit.data;

import bandlimit.data.ShapeKind.Polygon;
import java.util.SplittableRandom;

/// What one sample of `shapes` shows: one object, a background of slow waves, and noise; drawn from
/// (seed, split, index) alone.
///
/// Colour says nothing of the class: base colour, contrast and area are drawn before the outline is
/// looked at, and the object's mean is taken out of it. The base leaves room for all amplitudes and
/// for the ringing of the object's edges, so levels stay inside 0..255 and nothing is ever clipped.
final class Scene {
  private static final int CHANNELS = 3;
  static final double OVERSHOOT = 0.25; // ringing at low-passed corners, measured 0.24
  private static final double TILT = 0.5; // radians either way
  private static final double MIN_AREA = 0.10; // shares of the canvas
  private static final double MAX_AREA = 0.24;
  private static final double MIN_CONTRAST = 70; // levels of 255, in the strongest channel
  private static final double MAX_CONTRAST = 125;
  private static final int BACKGROUND_WAVES = 3;
  private static final double BACKGROUND = 14; // sum of amplitudes, at most
  private static final int NOISE_WAVES = 12;
  private static final double NOISE = 18; // sum of amplitudes

  private final ShapeKind kind;
  private final int size;
  private final SplittableRandom random;

  private final double centerX;
  private final double centerY;
  private final double area;
  private final double[][] matrix = new double[2][2];
  private final double stripesX;
  private final double stripesY;
  private final double stripesPhase;

  private Scene(ShapeKind kind, int size, SplittableRandom random) {
    this.kind = kind;
    this.size = size;
    this.random = random;
    area = size * size * between(MIN_AREA, MAX_AREA);
    centerX = size * between(0.3, 0.7) - 0.5;
    centerY = size * between(0.3, 0.7) - 0.5;
    // Rotate, stretch along the axes by `stretch` and 1 / `stretch`, rotate again: area stays.
    double first = between(0, 2 * Math.PI);
    double second = between(-TILT, TILT) - first;
    double stretch = StrictMath.exp(between(-0.14, 0.14));
    double scale = Math.sqrt(area);
    double[][] a = rotation(first);
    double[][] b = rotation(second);
    for (int i = 0; i < 2; i++) {
      for (int j = 0; j < 2; j++) {
        matrix[i][j] = scale * (b[i][0] * stretch * a[0][j] + b[i][1] / stretch * a[1][j]);
      }
    }
    double cycles = between(4.8, 6.0); // over the canvas; 5 to 7 pixels a stripe at 32
    double direction = between(0, 2 * Math.PI);
    stripesX = cycles * StrictMath.cos(direction);
    stripesY = cycles * StrictMath.sin(direction);
    stripesPhase = between(0, 2 * Math.PI);
  }

  /// The spectra of red, green and blue, in levels, on a canvas that repeats after `period` pixels:
  /// `size` itself, or a multiple of it on which the object stands alone.
  static Spectrum[] spectra(ShapeKind kind, int size, int period, SplittableRandom random) {
    return new Scene(kind, size, random).build(period);
  }

  private Spectrum[] build(int period) {
    int repeats = period / size;
    var object = object(period, repeats);
    double[] tint = tint();
    double contrast = between(MIN_CONTRAST, MAX_CONTRAST);
    var channels = new Spectrum[CHANNELS];
    for (int c = 0; c < CHANNELS; c++) {
      channels[c] = new Spectrum(period);
    }
    waves(channels, repeats, BACKGROUND_WAVES, BACKGROUND, 1, 0.1 * size);
    waves(channels, repeats, NOISE_WAVES, NOISE, 3, Spectrum.CUTOFF * size);
    double mean = area / size / size;
    for (int c = 0; c < CHANNELS; c++) {
      double strength = contrast * tint[c];
      double up = Math.max(strength, 0) * (1 + OVERSHOOT - mean);
      double down = Math.max(strength, 0) * (mean + OVERSHOOT);
      if (strength < 0) {
        up = -strength * (mean + OVERSHOOT);
        down = -strength * (1 + OVERSHOOT - mean);
      }
      channels[c].add(object, strength);
      channels[c].addConstant(between(BACKGROUND + NOISE + down, 255 - BACKGROUND - NOISE - up));
    }
    return channels;
  }

  /// The object between 0 and 1, low-passed, less its mean over one canvas.
  private Spectrum object(int period, int repeats) {
    var object = new Spectrum(period);
    double fx = stripesX * repeats;
    double fy = stripesY * repeats;
    double cos = StrictMath.cos(stripesPhase);
    double sin = StrictMath.sin(stripesPhase);
    for (Polygon unit : kind.outline()) {
      Polygon p =
          unit.map(matrix[0][0], matrix[0][1], matrix[1][0], matrix[1][1], centerX, centerY);
      switch (kind) {
        case DISK, RING, SQUARE, TRIANGLE, STAR, CROSS, BAR, CRESCENT ->
            object.addPolygon(p, 0, 0, 1, 0);
        case STRIPES -> { // (1 + cos) / 2
          object.addPolygon(p, 0, 0, 0.5, 0);
          object.addPolygon(p, fx, fy, 0.25 * cos, 0.25 * sin);
          object.addPolygon(p, -fx, -fy, 0.25 * cos, -0.25 * sin);
        }
        case CHECKS -> { // (1 + (cos + cos of the crossing wave) / 2) / 2
          object.addPolygon(p, 0, 0, 0.5, 0);
          object.addPolygon(p, fx, fy, 0.125 * cos, 0.125 * sin);
          object.addPolygon(p, -fx, -fy, 0.125 * cos, -0.125 * sin);
          object.addPolygon(p, -fy, fx, 0.125 * cos, 0.125 * sin);
          object.addPolygon(p, fy, -fx, 0.125 * cos, -0.125 * sin);
        }
      }
    }
    double share = kind == ShapeKind.STRIPES || kind == ShapeKind.CHECKS ? 0.5 : 1;
    object.addConstant(-share * area / size / size);
    return object;
  }

  /// Waves with `low` <= |k| < `high` cycles over the canvas, whose amplitudes add up to `sum` in
  /// every channel or to less.
  private void waves(
      Spectrum[] channels, int repeats, int count, double sum, double low, double high) {
    for (int i = 0; i < count; i++) {
      int kx;
      int ky;
      do {
        kx = random.nextInt((int) high + 1);
        ky = random.nextInt(-(int) high, (int) high + 1);
      } while (kx * kx + ky * ky < low * low || kx * kx + ky * ky >= high * high);
      for (Spectrum channel : channels) {
        double amplitude = sum / count * between(0.4, 1);
        channel.addWave(kx * repeats, ky * repeats, amplitude, between(0, 2 * Math.PI));
      }
    }
  }

  /// The object's strength per channel: brighter or darker in all, at most 1 in size.
  private double[] tint() {
    double sign = random.nextBoolean() ? 1 : -1;
    var tint = new double[CHANNELS];
    for (int c = 0; c < CHANNELS; c++) {
      tint[c] = sign * between(0.4, 1);
    }
    return tint;
  }

  private static double[][] rotation(double angle) {
    double c = StrictMath.cos(angle);
    double s = StrictMath.sin(angle);
    return new double[][] {{c, -s}, {s, c}};
  }

  private double between(double low, double high) {
    return low + (high - low) * random.nextDouble();
  }
}
