package bandlimit.graph.op;

import bandlimit.graph.Gradients;
import bandlimit.graph.Node;
import bandlimit.tensor.TensorType;
import java.util.List;

/// A value fixed when the graph is built: one number for all elements, or one for each.
public record Constant(TensorType type, List<Double> values) implements Op {
  public Constant {
    values = List.copyOf(values);
    Rule.require(
        values.size() == 1 || values.size() == type.shape().size(),
        "a constant %s takes 1 or %d values, got %d",
        type,
        type.shape().size(),
        values.size());
  }

  public static Constant fill(TensorType type, double value) {
    return new Constant(type, List.of(value));
  }

  public double at(int i) {
    return values.get(values.size() == 1 ? 0 : i);
  }

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
