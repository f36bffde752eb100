package bandlimit.report;

import java.util.ArrayList;
import java.util.List;

/// Round numbers that cover a range; the first and the last are the ends of an axis.
record Ticks(List<Double> values, int digits) {
  Ticks {
    values = List.copyOf(values);
  }

  /// About `wanted` steps of 1, 2 or 5 times a power of ten, none smaller than `least`.
  static Ticks covering(double low, double high, int wanted, double least) {
    double span = high > low ? high - low : Math.max(Math.abs(high) * 0.1, least);
    double raw = Math.max(span / wanted, least);
    double power = Math.pow(10, Math.floor(Math.log10(raw) + 1e-9));
    double step = power * 10;
    for (double factor : new double[] {1, 2, 5}) {
      if (power * factor >= raw * 0.999) {
        step = power * factor;
        break;
      }
    }
    var values = new ArrayList<Double>();
    long first = (long) Math.floor(low / step + 1e-6);
    long last = Math.max(first + 1, (long) Math.ceil(high / step - 1e-6));
    for (long i = first; i <= last; i++) {
      values.add(i * step);
    }
    return new Ticks(values, Math.max(0, (int) Math.ceil(-Math.log10(step) - 1e-9)));
  }

  double low() {
    return values.getFirst();
  }

  double high() {
    return values.getLast();
  }

  /// Where `value` lies from the first tick (0) to the last (1).
  double position(double value) {
    return (value - low()) / (high() - low());
  }

  String label(double tick) {
    if (tick == 0) {
      return digits <= 4 ? Numbers.fixed(0, digits) : "0";
    }
    return digits <= 4 ? Numbers.fixed(tick, digits) : Numbers.scientific(tick);
  }
}
