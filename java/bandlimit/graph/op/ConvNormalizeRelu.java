package bandlimit.graph.op;

import bandlimit.graph.Graph;
import bandlimit.graph.Node;
import bandlimit.tensor.TensorType;
import java.util.ArrayList;
import java.util.List;

/// max(0, normalize(conv(x, w)) + residual) with fixed statistics, from (x, w, statistics, gamma,
/// beta[, residual]), the residual and the ReLU there or not: a network in evaluation. The factors
/// go into the weights, and nothing is left of the normalisation but a bias.
public record ConvNormalizeRelu(
    ConvGeometry geometry, double epsilon, boolean residual, boolean relu) implements FusedOp {
  @Override
  public TensorType infer(List<TensorType> in) {
    Rule.arity(in, 5 + (residual ? 1 : 0), this);
    var conv = new Conv2d(geometry).infer(in.subList(0, 2));
    var types = new ArrayList<>(List.of(conv));
    types.addAll(in.subList(2, 5));
    var y = normalize().infer(types);
    if (residual) {
      Rule.same("residual", y.shape(), in.getLast().shape());
      Rule.same("residual", y.dtype(), in.getLast().dtype());
    }
    return y;
  }

  private Normalize normalize() {
    return new Normalize(Over.BATCH, epsilon, false);
  }

  @Override
  public Node define(Graph graph, String path, List<Node> inputs) {
    var conv = graph.apply(path + "/conv", new Conv2d(geometry), inputs.subList(0, 2));
    var given = new ArrayList<>(List.of(conv));
    given.addAll(inputs.subList(2, 5));
    var y = graph.apply(path + "/norm", normalize(), given);
    if (residual) {
      y = graph.apply(path + "/sum", new Add(), y, inputs.getLast());
    }
    return relu ? graph.apply(path, new Pointwise(Fn.RELU), y) : y;
  }
}
