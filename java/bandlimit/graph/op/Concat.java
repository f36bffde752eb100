package bandlimit.graph.op;

import bandlimit.graph.Gradients;
import bandlimit.graph.Node;
import bandlimit.tensor.TensorType;
import java.util.List;

/// Inputs one after another along one axis.
public record Concat(int axis) implements Op {
  @Override
  public TensorType infer(List<TensorType> in) {
    Rule.require(!in.isEmpty(), "nothing to concatenate");
    var first = in.getFirst().shape();
    Rule.require(0 <= axis && axis < first.rank(), "%s has no axis %d", first, axis);
    int extent = 0;
    for (var part : in) {
      Rule.require(
          part.shape().rank() == first.rank()
              && part.shape().with(axis, 1).equals(first.with(axis, 1)),
          "parts differ beside axis %d: %s and %s",
          axis,
          first,
          part.shape());
      Rule.same("every part", in.getFirst().dtype(), part.dtype());
      extent += part.shape().at(axis);
    }
    return in.getFirst().withShape(first.with(axis, extent));
  }

  @Override
  public void vjp(Node y, Node dy, Gradients to) {
    int from = 0;
    for (Node part : y.inputs()) {
      int end = from + part.shape().at(axis);
      to.add(part, to.apply("dx", new Slice(axis, from, end), dy));
      from = end;
    }
  }
}
