package bandlimit.certify;

/// Translations along one axis, in pixels of the input: every real number, or the multiples of `num
/// / den`.
///
/// @param num 0 for every real number
record Moves(long num, long den) {
  static final Moves REAL = new Moves(0, 1);

  Moves {
    if (num < 0 || den < 1) {
      throw new IllegalArgumentException("no step: " + num + "/" + den);
    }
    long common = gcd(num, den);
    num /= common;
    den /= common;
  }

  static Moves multiplesOf(long num, long den) {
    return new Moves(num, den);
  }

  boolean isReal() {
    return num == 0;
  }

  /// The translations in both.
  Moves and(Moves other) {
    if (isReal() || other.isReal()) {
      return isReal() ? other : this;
    }
    return new Moves(num / gcd(num, other.num) * other.num, gcd(den, other.den));
  }

  boolean contains(Moves other) {
    return isReal() || (!other.isReal() && and(other).equals(other));
  }

  /// Step in pixels; 0 for every real number.
  double step() {
    return (double) num / den;
  }

  /// After "circular translations:".
  String words() {
    if (isReal()) {
      return "every real";
    }
    if (num == 1 && den == 1) {
      return "integer";
    }
    return den == 1 ? "integer, multiples of " + num : "multiples of %d/%d".formatted(num, den);
  }

  static long gcd(long a, long b) {
    return b == 0 ? a : gcd(b, a % b);
  }
}
