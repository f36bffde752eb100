package bandlimit.graph.op;

import bandlimit.graph.Gradients;
import bandlimit.graph.Node;
import bandlimit.tensor.TensorType;
import java.util.List;

/// A value that outlives a run: parameter, optimizer moment, running statistic, average. State in,
/// state out: a procedure declares which node becomes its next value.
public record State(TensorType type) implements Op {
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
