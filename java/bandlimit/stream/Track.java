package bandlimit.stream;

/// Where the columns of a map lie in time.
///
/// Column j stands for sample j * rate of the stream and depends on samples j * rate - left to j *
/// rate + right. A chunk of samples makes chunk / rate columns, and the columns of chunk k begin
/// with k * chunk / rate - delay. A negative delay: the columns before the first are zeros that
/// nobody makes.
///
/// @param offset samples at a window's beginning that were cut off: column j stands for sample j *
///   rate + offset of a signal that is one window
record Track(int rate, int delay, int left, int right, int offset) {
  static final Track SAMPLES = new Track(1, 0, 0, 0, 0);

  /// The map whose column j is column j + `columns` of this one.
  Track shifted(int columns) {
    return new Track(rate, delay + columns, left - columns * rate, right + columns * rate, offset);
  }

  Track delayed(int to) {
    return new Track(rate, to, left, right, offset);
  }

  /// The same without its first `columns`.
  Track cut(int columns) {
    return new Track(rate, delay, left, right, offset + columns * rate);
  }

  /// Samples between a column and the chunk that makes it.
  int late() {
    return delay * rate - offset;
  }

  /// What depends on two maps, once the earlier has waited for the later.
  Track with(Track other) {
    return new Track(
        rate,
        Math.max(delay, other.delay),
        Math.max(left, other.left),
        Math.max(right, other.right),
        Math.max(offset, other.offset));
  }

  int receptiveField() {
    return left + right + 1;
  }
}
