package bandlimit.stream;

/// Where the columns of a map lie in time.
///
/// Column j stands for sample j * rate of the stream and depends on samples j * rate - left to j *
/// rate + right. A chunk of samples makes chunk / rate columns, and the columns of chunk k begin
/// with k * chunk / rate - delay. A negative delay: the columns before the first are zeros that
/// nobody makes.
record Track(int rate, int delay, int left, int right) {
  static final Track SAMPLES = new Track(1, 0, 0, 0);

  /// The map whose column j is column j + `columns` of this one.
  Track shifted(int columns) {
    return new Track(rate, delay + columns, left - columns * rate, right + columns * rate);
  }

  Track delayed(int to) {
    return new Track(rate, to, left, right);
  }

  /// What depends on two maps, once the earlier has waited for the later.
  Track with(Track other) {
    return new Track(
        rate,
        Math.max(delay, other.delay),
        Math.max(left, other.left),
        Math.max(right, other.right));
  }

  int receptiveField() {
    return left + right + 1;
  }
}
