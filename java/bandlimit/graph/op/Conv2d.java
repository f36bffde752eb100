package bandlimit.graph.op;

import bandlimit.graph.Gradients;
import bandlimit.graph.Node;
import bandlimit.tensor.TensorType;
import java.util.List;

/// Cross-correlation of x (N, H, W, C) with w (O, kh, kw, C/groups):
///
/// `y[n,i,j,o] = sum_{a,b,c} w[o,a,b,c] * x[n, i*sH - top + a*dH, j*sW - left + b*dW, c of o's
/// group]`
public record Conv2d(ConvGeometry geometry) implements Op {
  @Override
  public TensorType infer(List<TensorType> in) {
    Rule.arity(in, 2, this);
    var x = Rule.nhwc(in.get(0));
    var w = in.get(1).shape();
    geometry.check(x, w);
    Rule.same("the weight", in.get(0).dtype(), in.get(1).dtype());
    return in.get(0).withShape(geometry.output(x, w));
  }

  @Override
  public void vjp(Node y, Node dy, Gradients to) {
    var x = y.input(0);
    var w = y.input(1);
    to.add(x, to.apply("dx", new Conv2dInputGrad(geometry, x.shape()), dy, w));
    to.add(w, to.apply("dw", new Conv2dWeightGrad(geometry, w.shape()), x, dy));
  }
}
