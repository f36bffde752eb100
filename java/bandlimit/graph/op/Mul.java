package bandlimit.graph.op;

import bandlimit.graph.Gradients;
import bandlimit.graph.Node;
import bandlimit.tensor.TensorType;
import java.util.List;

/// a * b, element by element; extents of 1 and missing leading axes stretch.
public record Mul() implements Op {
  @Override
  public TensorType infer(List<TensorType> in) {
    Rule.arity(in, 2, this);
    Rule.same("the second operand", in.get(0).dtype(), in.get(1).dtype());
    return in.get(0).withShape(Rule.broadcast(in.get(0).shape(), in.get(1).shape()));
  }

  @Override
  public void vjp(Node y, Node dy, Gradients to) {
    var a = y.input(0);
    var b = y.input(1);
    to.add(a, Reduce.onto(a, to.apply("da", new Mul(), dy, b), to));
    to.add(b, Reduce.onto(b, to.apply("db", new Mul(), dy, a), to));
  }
}
