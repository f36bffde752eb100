package bandlimit.certify;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;

/// Kinds of circular translations.
public enum Kind {
  INTEGER(1),
  HALF(1 / 2.0),
  QUARTER(1 / 4.0),
  THIRD(1 / 3.0),
  REAL(0);

  private static final int TRIES = 4;

  private final double step;

  Kind(double step) {
    this.step = step;
  }

  /// Pixels that all are multiples of; 0 for none.
  public double step() {
    return step;
  }

  /// As on the command line.
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /// (rows, columns) in pixels; drawn from `seed`, after the smallest ones. Along an axis of one
  /// pixel there is nothing to move.
  List<double[]> shifts(int h, int w, long seed) {
    return switch (this) {
      case INTEGER, HALF, QUARTER, THIRD -> multiples(step, h, w, seed);
      case REAL -> {
        var random = new SplittableRandom(seed);
        var shifts = new ArrayList<double[]>();
        for (int i = 0; i < TRIES; i++) {
          shifts.add(shift(random.nextDouble(h), random.nextDouble(w), h, w));
        }
        yield shifts;
      }
    };
  }

  static List<double[]> multiples(double step, int h, int w, long seed) {
    var random = new SplittableRandom(seed);
    var shifts = new ArrayList<double[]>();
    shifts.add(shift(step, step, h, w));
    shifts.add(shift(0, step, h, w));
    while (shifts.size() < TRIES) {
      double down = step * random.nextInt(1, (int) Math.max(2, h / step));
      double right = step * random.nextInt(1, (int) Math.max(2, w / step));
      shifts.add(shift(down, right, h, w));
    }
    return shifts;
  }

  private static double[] shift(double down, double right, int h, int w) {
    return new double[] {h == 1 ? 0 : down, w == 1 ? 0 : right};
  }
}
