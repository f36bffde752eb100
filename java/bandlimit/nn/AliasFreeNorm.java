package bandlimit.nn;

import bandlimit.graph.Node;
import bandlimit.graph.op.Add;
import bandlimit.graph.op.Expand;
import bandlimit.graph.op.Over;
import bandlimit.graph.op.Reduce;

/// Layer norm that commutes with every circular shift (Michaeli et al. 2023, section 4): the mean
/// over the channels is taken away at each pixel, the deviation is one number a sample, over
/// height, width and channels. Layer norm's own deviation changes from pixel to pixel, and dividing
/// by it has no band. `weight`, `bias` (C).
public record AliasFreeNorm(double epsilon) implements Layer {
  /// The published epsilon.
  public AliasFreeNorm() {
    this(1e-6);
  }

  @Override
  public Node build(Scope scope, Node x) {
    var shape = x.shape();
    var minusMean = scope.apply("mean", new Reduce(shape.with(3, 1), -1.0 / shape.c()), x);
    var centred =
        scope.apply(
            "centred", new Add(), x, scope.apply("stretch", new Expand(shape, 1), minusMean));
    // its mean is 0 at each pixel and so over the sample: what is left to one group is the
    // deviation
    return GroupNorm.normalize(scope, centred, Over.groups(1), epsilon);
  }
}
