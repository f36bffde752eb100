package bandlimit.graph.op;

import bandlimit.graph.Graph;
import bandlimit.graph.Node;
import java.util.List;

/// Several core ops in one step, made by the plan's `Fuse` pass where a backend says it has them.
/// Gradients are taken before fusion, so autograd never meets one.
public sealed interface FusedOp extends Op permits NormalizeRelu {

  /// The same value in core ops: the oracle of every fused kernel.
  Node define(Graph graph, String path, List<Node> inputs);
}
