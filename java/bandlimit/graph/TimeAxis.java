package bandlimit.graph;

import bandlimit.graph.op.Conv2d;
import bandlimit.graph.op.MaxPool;
import bandlimit.graph.op.Resample;
import java.util.Optional;

/// What a layer that walks along the width reads: column j sees columns j * stride - before to j *
/// stride - before + span - 1, with `before` and `after` columns of padding at the ends.
public record TimeAxis(int span, int stride, int before, int after) {
  /// Empty for operations that do not walk, and for those that raise the rate.
  public static Optional<TimeAxis> of(Node node) {
    return Optional.ofNullable(
        switch (node.op()) {
          case Conv2d(var g) -> {
            int taps = node.input(1).shape().w();
            yield new TimeAxis((taps - 1) * g.dilationW() + 1, g.strideW(), g.left(), g.right());
          }
          case MaxPool p -> new TimeAxis(p.kernelW(), p.strideW(), p.padW(), p.padW());
          case Resample(_, var cols) when cols.up() == 1 ->
              new TimeAxis(cols.taps().size(), cols.down(), cols.before(), cols.after());
          default -> null;
        });
  }

  /// Columns ahead of its own that a result depends on.
  public int ahead() {
    return span - 1 - before;
  }

  /// Columns that `results` results read.
  public int read(int results) {
    return (results - 1) * stride + span;
  }
}
