package bandlimit.graph.op;

import bandlimit.graph.Gradients;
import bandlimit.graph.Node;
import bandlimit.tensor.Shape;
import bandlimit.tensor.TensorType;
import java.util.List;

/// The transpose of [Conv2d] in w: (x, dy) -> dw of shape `w`.
public record Conv2dWeightGrad(ConvGeometry geometry, Shape w) implements Op {
  @Override
  public TensorType infer(List<TensorType> in) {
    Rule.arity(in, 2, this);
    var x = Rule.nhwc(in.get(0));
    geometry.check(x, w);
    Rule.same("dy", geometry.output(x, w), in.get(1).shape());
    Rule.same("dy", in.get(0).dtype(), in.get(1).dtype());
    return in.get(0).withShape(w);
  }

  @Override
  public void vjp(Node dw, Node ddw, Gradients to) {
    var x = dw.input(0);
    var dy = dw.input(1);
    to.add(x, to.apply("dx", new Conv2dInputGrad(geometry, x.shape()), dy, ddw));
    to.add(dy, to.apply("dy", new Conv2d(geometry), x, ddw));
  }
}
