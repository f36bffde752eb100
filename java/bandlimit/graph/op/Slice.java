package bandlimit.graph.op;

import bandlimit.graph.Gradients;
import bandlimit.graph.Node;
import bandlimit.tensor.TensorType;
import java.util.ArrayList;
import java.util.List;

/// Positions `from` (inclusive) to `to` (exclusive) of one axis.
public record Slice(int axis, int from, int to) implements Op {
  @Override
  public TensorType infer(List<TensorType> in) {
    Rule.arity(in, 1, this);
    var x = in.getFirst().shape();
    Rule.require(
        0 <= axis && axis < x.rank() && 0 <= from && from < to && to <= x.at(axis),
        "cannot take %d..%d of axis %d of %s",
        from,
        to,
        axis,
        x);
    return in.getFirst().withShape(x.with(axis, to - from));
  }

  @Override
  public void vjp(Node y, Node dy, Gradients gradients) {
    var x = y.input(0);
    var parts = new ArrayList<Node>();
    if (from > 0) {
      parts.add(zeros(x, from, gradients));
    }
    parts.add(dy);
    if (to < x.shape().at(axis)) {
      parts.add(zeros(x, x.shape().at(axis) - to, gradients));
    }
    gradients.add(
        x,
        parts.size() == 1
            ? dy
            : gradients.apply("dx", new Concat(axis), parts.toArray(Node[]::new)));
  }

  private Node zeros(Node x, int extent, Gradients gradients) {
    var type = x.type().withShape(x.shape().with(axis, extent));
    return gradients.apply("zeros", Constant.fill(type, 0));
  }
}
