package bandlimit.report;

import bandlimit.eval.Rate;
import java.util.Locale;

/// Numbers as people read them.
final class Numbers {
  static final String NONE = "–";

  private Numbers() {}

  static String fixed(double value, int digits) {
    if (!Double.isFinite(value)) {
      return Double.isNaN(value) ? "NaN" : value > 0 ? "∞" : "−∞";
    }
    return minus(String.format(Locale.ROOT, "%." + digits + "f", value));
  }

  static String percent(double value) {
    return fixed(value, 1) + "\u202f%";
  }

  static String interval(Rate rate) {
    return fixed(rate.low(), 1) + "\u202f–\u202f" + fixed(rate.high(), 1);
  }

  /// A difference with its sign.
  static String signed(double value, int digits) {
    String text = fixed(value, digits);
    return value > 0 ? "+" + text : text;
  }

  static String probability(double p) {
    return p < 0.001 ? "<\u202f0.001" : fixed(p, 3);
  }

  /// 1234567 as 1.23 M.
  static String count(double value) {
    double size = Math.abs(value);
    if (size >= 1e9) {
      return fixed(value / 1e9, 2) + " G";
    }
    if (size >= 1e6) {
      return fixed(value / 1e6, 2) + " M";
    }
    return size >= 1e4 ? fixed(value / 1e3, 1) + " k" : fixed(value, 0);
  }

  /// 1234567 as 1,234,567.
  static String whole(long value) {
    return minus(String.format(Locale.ROOT, "%,d", value));
  }

  static String plural(int count, String thing) {
    return count + " " + thing + (count == 1 ? "" : "s");
  }

  /// With a power of ten, for what would otherwise be a row of zeros.
  static String scientific(double value) {
    return minus(String.format(Locale.ROOT, "%.1e", value));
  }

  /// 10 to a whole power.
  static String power(int power) {
    var text = new StringBuilder("10");
    for (char c : String.valueOf(power).toCharArray()) {
      text.append(c == '-' ? '⁻' : "⁰¹²³⁴⁵⁶⁷⁸⁹".charAt(c - '0'));
    }
    return text.toString();
  }

  static String duration(double seconds) {
    long s = Math.round(seconds);
    if (s < 60) {
      return fixed(seconds, 1) + " s";
    }
    return s < 3600
        ? "%d min %02d s".formatted(s / 60, s % 60)
        : "%d h %02d min".formatted(s / 3600, s % 3600 / 60);
  }

  /// Three significant digits, as for losses and rates.
  static String significant(double value) {
    if (value == 0 || !Double.isFinite(value)) {
      return fixed(value, 0);
    }
    int digits = 2 - (int) Math.floor(Math.log10(Math.abs(value)));
    return digits > 6
        ? minus(String.format(Locale.ROOT, "%.2e", value))
        : fixed(value, Math.max(0, digits));
  }

  private static String minus(String number) {
    return number.replace('-', '−');
  }
}
