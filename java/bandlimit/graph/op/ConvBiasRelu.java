package bandlimit.graph.op;

import bandlimit.graph.Graph;
import bandlimit.graph.Node;
import bandlimit.tensor.Shape;
import bandlimit.tensor.TensorType;
import java.util.List;

/// max(0, conv(x, w) + bias + residual), from (x, w[, bias][, residual]), with each of the three
/// steps there or not: done on the sums while they are in registers, and rounded once.
///
/// The bias is (O), the residual like the result.
public record ConvBiasRelu(ConvGeometry geometry, boolean bias, boolean residual, boolean relu)
    implements FusedOp {
  @Override
  public TensorType infer(List<TensorType> in) {
    Rule.arity(in, 2 + (bias ? 1 : 0) + (residual ? 1 : 0), this);
    var y = new Conv2d(geometry).infer(in.subList(0, 2));
    if (bias) {
      Rule.same("bias", Shape.of(y.shape().c()), in.get(2).shape());
      Rule.same("bias", y.dtype(), in.get(2).dtype());
    }
    if (residual) {
      Rule.same("residual", y.shape(), in.getLast().shape());
      Rule.same("residual", y.dtype(), in.getLast().dtype());
    }
    return y;
  }

  @Override
  public Node define(Graph graph, String path, List<Node> inputs) {
    var y = graph.apply(path + "/conv", new Conv2d(geometry), inputs.subList(0, 2));
    if (bias) {
      y = graph.apply(path + "/bias", new Add(), y, inputs.get(2));
    }
    if (residual) {
      y = graph.apply(path + "/sum", new Add(), y, inputs.getLast());
    }
    return relu ? graph.apply(path, new Pointwise(Fn.RELU), y) : y;
  }
}
