package bandlimit.graph.op;

import bandlimit.graph.Graph;
import bandlimit.graph.Node;
import bandlimit.tensor.TensorType;
import java.util.List;

/// max(0, [Normalize] (+ residual)), from (x, statistics, gamma, beta[, residual]): one pass over
/// memory in place of two or three. Its oracle is the unfused plan.
public record NormalizeRelu(Normalize normalize, boolean residual) implements FusedOp {
  @Override
  public TensorType infer(List<TensorType> in) {
    Rule.arity(in, residual ? 5 : 4, this);
    if (residual) {
      Rule.same("residual", in.get(0).shape(), in.get(4).shape());
      Rule.same("residual", in.get(0).dtype(), in.get(4).dtype());
    }
    return normalize.infer(in.subList(0, 4));
  }

  @Override
  public Node define(Graph graph, String path, List<Node> inputs) {
    var y = graph.apply(path + "/norm", normalize, inputs.subList(0, 4));
    if (residual) {
      y = graph.apply(path + "/sum", new Add(), y, inputs.get(4));
    }
    return graph.apply(path, new Pointwise(Fn.RELU), y);
  }
}
