package bandlimit.graph.op;

import bandlimit.tensor.Shape;
import bandlimit.tensor.TensorType;
import java.util.List;

/// The sum of squares of all elements of all inputs; no axes. Its finiteness guards the update.
public record SquaredNorm() implements Op {
  @Override
  public TensorType infer(List<TensorType> in) {
    Rule.require(!in.isEmpty(), "no tensors to take the norm of");
    return in.getFirst().withShape(Shape.of());
  }
}
