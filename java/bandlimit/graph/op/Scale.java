package bandlimit.graph.op;

import bandlimit.graph.Gradients;
import bandlimit.graph.Node;
import bandlimit.tensor.TensorType;
import java.util.List;

/// factor * x.
public record Scale(double factor) implements Op {
  @Override
  public TensorType infer(List<TensorType> in) {
    Rule.arity(in, 1, this);
    return in.getFirst();
  }

  @Override
  public void vjp(Node y, Node dy, Gradients to) {
    to.add(y.input(0), to.apply("dx", this, dy));
  }
}
