package bandlimit.graph.op;

import bandlimit.graph.Gradients;
import bandlimit.graph.Node;
import bandlimit.tensor.Shape;
import bandlimit.tensor.TensorType;
import java.util.List;

/// factor * x, stretched to `to`: the transpose of [Reduce].
public record Expand(Shape to, double factor) implements Op {
  @Override
  public TensorType infer(List<TensorType> in) {
    Rule.arity(in, 1, this);
    Rule.stretches(in.getFirst().shape(), to);
    return in.getFirst().withShape(to);
  }

  @Override
  public void vjp(Node y, Node dy, Gradients to) {
    to.add(y.input(0), to.apply("dx", new Reduce(y.input(0).shape(), factor), dy));
  }
}
