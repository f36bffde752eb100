package bandlimit.graph.op;

import bandlimit.graph.Graph;
import bandlimit.graph.Node;
import bandlimit.tensor.TensorType;
import java.util.List;

/// [Fold] of a [Resample]: the transpose of [PaddedResample], so the gradient of every blur with a
/// border. Each sample gathers from all the places where it was shown.
public record FoldedResample(Resample resample, Fold fold) implements FusedOp {
  @Override
  public TensorType infer(List<TensorType> in) {
    return fold.infer(List.of(resample.infer(in)));
  }

  @Override
  public Node define(Graph graph, String path, List<Node> inputs) {
    return graph.apply(path, fold, graph.apply(path + "/resample", resample, inputs));
  }
}
