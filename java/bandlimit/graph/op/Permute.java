package bandlimit.graph.op;

import bandlimit.graph.Gradients;
import bandlimit.graph.Node;
import bandlimit.tensor.Shape;
import bandlimit.tensor.TensorType;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;

/// Axes in another order: axis i of y is axis `order[i]` of x.
public record Permute(List<Integer> order) implements Op {
  public Permute {
    order = List.copyOf(order);
    Rule.require(
        order.stream().sorted().toList().equals(IntStream.range(0, order.size()).boxed().toList()),
        "%s is no permutation",
        order);
  }

  @Override
  public TensorType infer(List<TensorType> in) {
    Rule.arity(in, 1, this);
    var x = in.getFirst().shape();
    Rule.require(x.rank() == order.size(), "order %s does not fit %s", order, x);
    return in.getFirst().withShape(new Shape(order.stream().map(x::at).toList()));
  }

  @Override
  public void vjp(Node y, Node dy, Gradients to) {
    var inverse = new ArrayList<>(Collections.nCopies(order.size(), 0));
    for (int i = 0; i < order.size(); i++) {
      inverse.set(order.get(i), i);
    }
    to.add(y.input(0), to.apply("dx", new Permute(inverse), dy));
  }
}
