package bandlimit.model;

import bandlimit.error.ShapeException;
import bandlimit.graph.Node;
import bandlimit.graph.op.Add;
import bandlimit.graph.op.Cast;
import bandlimit.graph.op.Constant;
import bandlimit.graph.op.Conv2d;
import bandlimit.graph.op.Dropout;
import bandlimit.graph.op.MaxPool;
import bandlimit.graph.op.Mul;
import bandlimit.graph.op.Normalize;
import bandlimit.graph.op.Over;
import bandlimit.graph.op.Pad;
import bandlimit.graph.op.Pointwise;
import bandlimit.graph.op.Polynomial;
import bandlimit.graph.op.Resample;
import bandlimit.graph.op.Scale;
import bandlimit.graph.op.Slice;
import bandlimit.graph.op.State;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What a column of a map reads of a signal: column j sees samples j * stride - left to j * stride
/// + right, both included.
///
/// Read off the operations between the two, so that nobody has to keep a number beside a network:
/// the left context of the published heart-rate network is 312 samples, where its authors prepend
/// 256.
public record ReceptiveField(int left, int right, int stride) {
  private static final ReceptiveField SAMPLE = new ReceptiveField(0, 0, 1);

  /// Number of samples.
  public int size() {
    return left + right + 1;
  }

  /// Along the width, from `x` to the map `y` computed from it.
  ///
  /// @throws ShapeException if something between them looks at the whole signal
  public static ReceptiveField between(Node x, Node y) {
    Map<Node, Optional<ReceptiveField>> known = new HashMap<>();
    known.put(x, Optional.of(SAMPLE));
    return of(y, known)
        .orElseThrow(() -> new IllegalArgumentException(y.path() + " does not depend on " + x));
  }

  /// Empty where `node` does not depend on the signal.
  private static Optional<ReceptiveField> of(Node node, Map<Node, Optional<ReceptiveField>> known) {
    var found = known.get(node);
    if (found == null) {
      var widest =
          carriers(node).stream()
              .flatMap(input -> of(input, known).stream())
              .reduce((a, b) -> a.with(b, node));
      found = widest.map(field -> field.through(node));
      known.put(node, found);
    }
    return found;
  }

  /// The inputs that time flows through: the statistics of a normalisation are fixed once the
  /// network is trained.
  private static List<Node> carriers(Node node) {
    return node.op() instanceof Normalize ? List.of(node.input(0)) : node.inputs();
  }

  private ReceptiveField with(ReceptiveField other, Node at) {
    if (stride != other.stride) {
      throw new ShapeException(
          "%s: joins columns of %d and of %d samples".formatted(at.path(), stride, other.stride));
    }
    return new ReceptiveField(Math.max(left, other.left), Math.max(right, other.right), stride);
  }

  private ReceptiveField through(Node node) {
    return switch (node.op()) {
      case Conv2d conv -> {
        var g = conv.geometry();
        yield window(g.left(), (node.input(1).shape().w() - 1) * g.dilationW(), g.strideW());
      }
      case MaxPool pool -> window(pool.padW(), pool.kernelW() - 1, pool.strideW());
      case Resample r when r.cols().up() == 1 ->
          window(r.cols().before(), r.cols().taps().size() - 1, r.cols().down());
      case Pad pad -> window(pad.left(), 0, 1);
      case Slice cut when cut.axis() == 2 -> window(-cut.from(), 0, 1);
      case Slice cut when cut.axis() != 0 -> this;
      case Normalize norm when norm.over().kind() != Over.Kind.GROUPS -> this;
      case Pointwise _,
          Polynomial _,
          Add _,
          Mul _,
          Scale _,
          Cast _,
          Dropout _,
          State _,
          Constant _ ->
          this;
      default ->
          throw new ShapeException(
              "%s: %s looks at the whole signal, so no left context is long enough"
                  .formatted(node.path(), node.op().getClass().getSimpleName()));
    };
  }

  /// Output column o reads columns o * step - before to o * step - before + reach.
  private ReceptiveField window(int before, int reach, int step) {
    return new ReceptiveField(
        left + before * stride, right + (reach - before) * stride, stride * step);
  }
}
