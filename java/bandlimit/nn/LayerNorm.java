package bandlimit.nn;

import bandlimit.graph.Node;
import bandlimit.graph.op.Over;

/// Layer normalisation over the channels of each pixel: `weight`, `bias` (C).
public record LayerNorm(double epsilon) implements Layer {
  /// PyTorch's epsilon.
  public LayerNorm() {
    this(1e-5);
  }

  @Override
  public Node build(Scope scope, Node x) {
    return GroupNorm.normalize(scope, x, Over.CHANNELS, epsilon);
  }
}
