package bandlimit.graph.op;

import bandlimit.graph.Graph;
import bandlimit.graph.Node;
import bandlimit.tensor.TensorType;
import java.util.List;

/// Several core ops in one step, made by the plan's `Fuse` pass where a backend says it has them.
/// Gradients are taken before fusion, so autograd never meets one.
public sealed interface FusedOp extends Op
    permits NormalizeRelu,
        NormalizeReluBackward,
        ConvMoments,
        ConvBiasRelu,
        ConvNormalizeRelu,
        FilteredPolynomial,
        FilteredPolynomialBackward,
        ScaledPolynomial,
        PolynomialBackward,
        PaddedResample,
        FoldedResample,
        MaxPoolResample,
        NormalizeReluResample,
        GuardedUpdate {

  /// The same value in core ops: the oracle of every fused kernel.
  Node define(Graph graph, String path, List<Node> inputs);

  /// Types of the further results that the same step writes, each reached by a [Part]; most have
  /// none.
  default List<TensorType> parts(List<TensorType> in) {
    return List.of();
  }

  /// The further results in core ops, in the order of [#parts].
  default List<Node> defineParts(Graph graph, String path, List<Node> inputs) {
    return List.of();
  }
}
