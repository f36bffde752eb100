package bandlimit.stream;

import bandlimit.graph.Node;
import bandlimit.graph.op.Conv2d;
import bandlimit.graph.op.MaxPool;
import bandlimit.graph.op.Resample;
import java.util.Optional;

/// What a layer that walks along time reads: column j sees columns j * stride - before to j *
/// stride - before + span - 1, with `before` and `after` columns of padding at a window's ends.
record TimeAxis(int span, int stride, int before, int after) {
  /// Empty for operations that do not walk.
  static Optional<TimeAxis> of(Node node) {
    return Optional.ofNullable(
        switch (node.op()) {
          case Conv2d(var g) -> {
            int taps = node.input(1).shape().at(2);
            yield new TimeAxis((taps - 1) * g.dilationW() + 1, g.strideW(), g.left(), g.right());
          }
          case MaxPool p -> new TimeAxis(p.kernelW(), p.strideW(), p.padW(), p.padW());
          case Resample(_, var cols) ->
              new TimeAxis(cols.taps().size(), cols.down(), cols.before(), cols.after());
          default -> null;
        });
  }

  /// Columns ahead of its own that a result depends on.
  private int ahead() {
    return span - 1 - before;
  }

  /// The result's track: no later than must be.
  Track track(Track in, boolean approximate) {
    int zeros = approximate ? Math.max(0, after) : 0;
    int wait = in.delay() + ahead() - zeros - (stride - 1);
    return new Track(
        in.rate() * stride,
        Math.max(0, Math.ceilDiv(wait, stride)),
        in.left() + before * in.rate(),
        in.right() + ahead() * in.rate(),
        in.offset());
  }

  /// Columns of earlier chunks that a chunk needs; negative: so many of its first are not needed.
  int history(Track in, Track out) {
    return out.delay() * stride + before - in.delay();
  }

  /// Zeros that stand for columns which are not there yet.
  int fill(Track in, Track out) {
    return Math.max(0, span - stride - history(in, out));
  }

  /// Columns that `results` results read.
  int read(int results) {
    return (results - 1) * stride + span;
  }
}
