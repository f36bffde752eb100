package bandlimit.graph.op;

import bandlimit.graph.Gradients;
import bandlimit.graph.Node;
import bandlimit.tensor.TensorType;
import java.util.List;

/// exp(x) over its sum along the last axis.
public record Softmax() implements Op {
  @Override
  public TensorType infer(List<TensorType> in) {
    Rule.arity(in, 1, this);
    return in.getFirst();
  }

  /// dx = y (dy - sum(dy y)).
  @Override
  public void vjp(Node y, Node dy, Gradients to) {
    var weighted = to.apply("dyy", new Mul(), dy, y);
    var sum = to.apply("sum", new Reduce(y.shape().with(-1, 1), -1), weighted);
    to.add(y.input(0), to.apply("dx", new Mul(), y, to.apply("centred", new Add(), dy, sum)));
  }
}
