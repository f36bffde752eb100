package bandlimit.graph.op;

import bandlimit.graph.Gradients;
import bandlimit.graph.Node;
import bandlimit.tensor.DType;
import bandlimit.tensor.TensorType;
import java.util.List;

/// The same numbers as another element type. Between floating types it is linear; from integers no
/// gradient flows.
public record Cast(DType to) implements Op {
  @Override
  public TensorType infer(List<TensorType> in) {
    Rule.arity(in, 1, this);
    return in.getFirst().withDType(to);
  }

  @Override
  public void vjp(Node y, Node dy, Gradients gradients) {
    var x = y.input(0);
    if (x.type().dtype().isFloating()) {
      gradients.add(x, gradients.apply("dx", new Cast(x.type().dtype()), dy));
    }
  }
}
