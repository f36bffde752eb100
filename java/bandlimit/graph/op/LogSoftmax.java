package bandlimit.graph.op;

import bandlimit.graph.Gradients;
import bandlimit.graph.Node;
import bandlimit.tensor.TensorType;
import java.util.List;

/// x - log(sum(exp(x))) along the last axis.
public record LogSoftmax() implements Op {
  @Override
  public TensorType infer(List<TensorType> in) {
    Rule.arity(in, 1, this);
    return in.getFirst();
  }

  /// dx = dy - softmax(x) sum(dy).
  @Override
  public void vjp(Node y, Node dy, Gradients to) {
    var sum = to.apply("sum", new Reduce(y.shape().with(-1, 1), -1), dy);
    var softmax = to.apply("softmax", new Softmax(), y.input(0));
    to.add(y.input(0), to.apply("dx", new Add(), dy, to.apply("part", new Mul(), softmax, sum)));
  }
}
