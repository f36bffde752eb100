package bandlimit.graph.op;

import bandlimit.tensor.TensorType;
import java.util.List;

/// (x, dy) -> dx: each dy goes to the largest element of its window, the first in row-major order
/// among equals.
public record MaxPoolGrad(MaxPool pool) implements Op {
  @Override
  public TensorType infer(List<TensorType> in) {
    Rule.arity(in, 2, this);
    Rule.same("dy", pool.output(Rule.nhwc(in.get(0))), in.get(1).shape());
    Rule.same("dy", in.get(0).dtype(), in.get(1).dtype());
    return in.get(0);
  }
}
