package bandlimit.stream;

import bandlimit.graph.ReceptiveField;
import bandlimit.graph.TimeAxis;

/// Where the columns of a map lie in time.
///
/// Column j stands for sample j * rate of the stream. A chunk of samples makes chunk / rate
/// columns, and the columns of chunk k begin with k * chunk / rate - delay. A negative delay: the
/// columns before the first are zeros that nobody makes.
///
/// @param field what a column depends on; its stride is the rate
/// @param offset samples at a window's beginning that were cut off: column j stands for sample j *
///   rate + offset of a signal that is one window
/// @param zeros columns of padding behind a window's last; counted only where streaming is
///   approximate, since they then stand for columns that have not come yet
record Track(ReceptiveField field, int delay, int offset, int zeros) {
  static final Track SAMPLES = new Track(ReceptiveField.SAMPLE, 0, 0, 0);

  int rate() {
    return field.stride();
  }

  /// After a layer that walks: no later than must be.
  Track walked(TimeAxis axis, boolean approximate) {
    int outside = approximate ? Math.max(0, axis.after() + zeros) : 0;
    int wait = delay + axis.ahead() - outside - (axis.stride() - 1);
    var out = Math.max(0, Math.ceilDiv(wait, axis.stride()));
    return new Track(field.through(axis), out, offset, 0);
  }

  /// Columns of earlier chunks of `in` that a chunk of this map needs; negative: so many of its
  /// first are not needed.
  int history(TimeAxis axis, Track in) {
    return delay * axis.stride() + axis.before() - in.delay;
  }

  /// Zeros that stand for columns of `in` which are not there yet.
  int fill(TimeAxis axis, Track in) {
    return Math.max(0, axis.span() - axis.stride() - history(axis, in));
  }

  /// The map whose column j is column j + `columns` of this one.
  Track shifted(int columns) {
    return new Track(field.shifted(columns), delay + columns, offset, zeros);
  }

  /// With so many zeros before and after each window.
  Track padded(int before, int after, boolean approximate) {
    var moved = shifted(-before);
    return approximate ? new Track(moved.field, moved.delay, offset, zeros + after) : moved;
  }

  Track delayed(int to) {
    return new Track(field, to, offset, zeros);
  }

  /// The same without its first `columns` and the last `behind`.
  Track cut(int columns, int behind) {
    var moved = shifted(columns);
    int left = Math.max(0, zeros - behind);
    return new Track(moved.field, moved.delay, offset + columns * rate(), left);
  }

  /// Samples between a column and the chunk that makes it.
  int late() {
    return delay * rate() - offset;
  }

  /// What depends on two maps of one rate, once the earlier has waited for the later.
  Track with(Track other) {
    return new Track(
        field.with(other.field),
        Math.max(delay, other.delay),
        Math.max(offset, other.offset),
        Math.max(zeros, other.zeros));
  }
}
