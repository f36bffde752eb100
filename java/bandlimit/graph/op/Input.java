package bandlimit.graph.op;

import bandlimit.graph.Gradients;
import bandlimit.graph.Node;
import bandlimit.tensor.TensorType;
import java.util.List;

/// A value the host writes before each run; found by its path.
public record Input(TensorType type) implements Op {
  @Override
  public TensorType infer(List<TensorType> in) {
    Rule.arity(in, 0, this);
    return type;
  }

  @Override
  public void vjp(Node y, Node dy, Gradients to) {
    // a leaf: nothing upstream
  }
}
