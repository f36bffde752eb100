package bandlimit.graph;

import bandlimit.error.ShapeException;
import bandlimit.graph.op.Add;
import bandlimit.graph.op.Cast;
import bandlimit.graph.op.Constant;
import bandlimit.graph.op.Dropout;
import bandlimit.graph.op.Mul;
import bandlimit.graph.op.Normalize;
import bandlimit.graph.op.Over;
import bandlimit.graph.op.Pad;
import bandlimit.graph.op.Pointwise;
import bandlimit.graph.op.Polynomial;
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
  /// Of the signal itself.
  public static final ReceptiveField SAMPLE = new ReceptiveField(0, 0, 1);

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
    return with(other);
  }

  /// What a column depends on that is made of both, at the same stride.
  public ReceptiveField with(ReceptiveField other) {
    return new ReceptiveField(Math.max(left, other.left), Math.max(right, other.right), stride);
  }

  /// After a layer that walks.
  public ReceptiveField through(TimeAxis axis) {
    return new ReceptiveField(
        left + axis.before() * stride, right + axis.ahead() * stride, stride * axis.stride());
  }

  /// Of the map whose column j is column j + `columns` of this one.
  public ReceptiveField shifted(int columns) {
    return new ReceptiveField(left - columns * stride, right + columns * stride, stride);
  }

  private ReceptiveField through(Node node) {
    var axis = TimeAxis.of(node);
    if (axis.isPresent()) {
      return through(axis.get());
    }
    return switch (node.op()) {
      case Pad pad -> shifted(-pad.left());
      case Slice cut when cut.axis() == 2 -> shifted(cut.from());
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
}
