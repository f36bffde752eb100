package bandlimit.graph.op;

import bandlimit.graph.Gradients;
import bandlimit.graph.Node;
import bandlimit.tensor.TensorType;
import java.util.List;

/// 1 at the largest element of the last axis (the first among equals), 0 elsewhere; its derivative
/// is zero.
public record ArgmaxOneHot() implements Op {
  @Override
  public TensorType infer(List<TensorType> in) {
    Rule.arity(in, 1, this);
    return in.getFirst();
  }

  @Override
  public void vjp(Node y, Node dy, Gradients to) {
    // piecewise constant: zero almost everywhere
  }
}
