package bandlimit.graph.op;

import bandlimit.graph.Graph;
import bandlimit.graph.Node;
import bandlimit.tensor.TensorType;
import java.util.List;

/// A blur of max(0, [Normalize]), from (x, statistics, gamma, beta): the activation is made where
/// the blur reads it, and never written.
public record NormalizeReluResample(Normalize normalize, PaddedResample blur) implements FusedOp {
  @Override
  public TensorType infer(List<TensorType> in) {
    return blur.infer(List.of(normalize.infer(in)));
  }

  @Override
  public Node define(Graph graph, String path, List<Node> inputs) {
    var activation = new NormalizeRelu(normalize, false);
    return blur.define(graph, path, List.of(activation.define(graph, path + "/relu", inputs)));
  }
}
