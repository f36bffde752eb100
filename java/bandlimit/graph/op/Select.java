package bandlimit.graph.op;

import bandlimit.tensor.TensorType;
import java.util.List;

/// (condition, a, b): a where the one-element condition is not 0, else b - the whole tensor, not
/// blended, so that a NaN in the branch not taken stays away. Guards state updates.
public record Select() implements Op {
  @Override
  public TensorType infer(List<TensorType> in) {
    Rule.arity(in, 3, this);
    Rule.require(in.get(0).shape().size() == 1, "the condition is one number, got %s", in.get(0));
    Rule.same("b", in.get(1).shape(), in.get(2).shape());
    return in.get(1);
  }
}
