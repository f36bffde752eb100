package bandlimit.graph.op;

import bandlimit.graph.Gradients;
import bandlimit.graph.Node;
import bandlimit.tensor.Shape;
import bandlimit.tensor.TensorType;
import java.util.List;

/// The transpose of [Conv2d] in x: (dy, w) -> dx of shape `x`.
public record Conv2dInputGrad(ConvGeometry geometry, Shape x) implements Op {
  @Override
  public TensorType infer(List<TensorType> in) {
    Rule.arity(in, 2, this);
    var w = in.get(1).shape();
    geometry.check(x, w);
    Rule.same("dy", geometry.output(x, w), in.get(0).shape());
    Rule.same("the weight", in.get(0).dtype(), in.get(1).dtype());
    return in.get(0).withShape(x);
  }

  @Override
  public void vjp(Node dx, Node ddx, Gradients to) {
    var dy = dx.input(0);
    var w = dx.input(1);
    to.add(dy, to.apply("dy", new Conv2d(geometry), ddx, w));
    to.add(w, to.apply("dw", new Conv2dWeightGrad(geometry, w.shape()), ddx, dy));
  }
}
