package bandlimit.graph.op;

import bandlimit.graph.Graph;
import bandlimit.graph.Node;
import bandlimit.tensor.TensorType;
import java.util.List;

/// A blur of a [MaxPool], which is made anew where the blur reads it: the whole of a max-pool
/// without aliasing in one pass over memory.
public record MaxPoolResample(MaxPool pool, PaddedResample blur) implements FusedOp {
  @Override
  public TensorType infer(List<TensorType> in) {
    return blur.infer(List.of(pool.infer(in)));
  }

  @Override
  public Node define(Graph graph, String path, List<Node> inputs) {
    return blur.define(graph, path, List.of(graph.apply(path + "/pool", pool, inputs)));
  }
}
