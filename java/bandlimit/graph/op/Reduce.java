package bandlimit.graph.op;

import bandlimit.graph.Gradients;
import bandlimit.graph.Node;
import bandlimit.tensor.Shape;
import bandlimit.tensor.TensorType;
import java.util.List;

/// factor * sum of x over the axes where `to` has extent 1 or no axis at all. A mean is a factor of
/// 1 / count.
public record Reduce(Shape to, double factor) implements Op {
  @Override
  public TensorType infer(List<TensorType> in) {
    Rule.arity(in, 1, this);
    Rule.stretches(to, in.getFirst().shape());
    return in.getFirst().withShape(to);
  }

  @Override
  public void vjp(Node y, Node dy, Gradients to) {
    to.add(y.input(0), to.apply("dx", new Expand(y.input(0).shape(), factor), dy));
  }

  /// `dy` summed onto the shape of `x`, which was stretched; `dy` itself where nothing was.
  static Node onto(Node x, Node dy, Gradients to) {
    return x.shape().equals(dy.shape()) ? dy : to.apply("dsum", new Reduce(x.shape(), 1), dy);
  }
}
