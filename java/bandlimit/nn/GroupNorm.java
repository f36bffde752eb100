package bandlimit.nn;

import bandlimit.graph.Node;
import bandlimit.graph.op.Moments;
import bandlimit.graph.op.Normalize;
import bandlimit.graph.op.Over;
import bandlimit.tensor.Shape;

/// Group normalisation over height, width and the channels of each of `groups`: `weight`, `bias`
/// (C).
public record GroupNorm(int groups, double epsilon) implements Layer {
  /// PyTorch's epsilon.
  public GroupNorm(int groups) {
    this(groups, 1e-5);
  }

  @Override
  public Node build(Scope scope, Node x) {
    return normalize(scope, x, Over.groups(groups), epsilon);
  }

  /// By the sample's own statistics, in training and evaluation alike.
  static Node normalize(Scope scope, Node x, Over over, double epsilon) {
    var channels = Shape.of(x.shape().c());
    return scope.apply(
        new Normalize(over, epsilon, true),
        x,
        scope.apply("moments", new Moments(over), x),
        scope.parameter("weight", channels, Init.ONES, false),
        scope.parameter("bias", channels, Init.ZEROS, false));
  }
}
