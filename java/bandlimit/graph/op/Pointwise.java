package bandlimit.graph.op;

import bandlimit.graph.Gradients;
import bandlimit.graph.Node;
import bandlimit.tensor.TensorType;
import java.util.List;

/// y = fn(x), element by element.
public record Pointwise(Fn fn) implements Op {
  @Override
  public TensorType infer(List<TensorType> in) {
    Rule.arity(in, 1, this);
    return in.getFirst();
  }

  @Override
  public void vjp(Node y, Node dy, Gradients to) {
    if (fn == Fn.IS_FINITE) {
      Op.super.vjp(y, dy, to);
    }
    var kept = fn.fromOutput() ? y : y.input(0);
    to.add(y.input(0), to.apply("dx", new PointwiseGrad(fn), kept, dy));
  }
}
