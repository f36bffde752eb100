package bandlimit.graph.op;

import bandlimit.graph.Gradients;
import bandlimit.graph.Node;
import bandlimit.tensor.Shape;
import bandlimit.tensor.TensorType;
import java.util.List;

/// The same elements in the same order under other extents. Plans give it no step of its own.
public record Reshape(Shape to) implements Op {
  @Override
  public TensorType infer(List<TensorType> in) {
    Rule.arity(in, 1, this);
    Rule.require(
        in.getFirst().shape().size() == to.size(),
        "%s has %d elements, %s has %d",
        in.getFirst().shape(),
        in.getFirst().shape().size(),
        to,
        to.size());
    return in.getFirst().withShape(to);
  }

  @Override
  public void vjp(Node y, Node dy, Gradients to) {
    to.add(y.input(0), to.apply("dx", new Reshape(y.input(0).shape()), dy));
  }
}
