package bandlimit.graph.op;

import bandlimit.tensor.TensorType;
import java.util.List;

/// a + t (b - a), from (a, b, t) with a one-element t: every running average (batch statistics,
/// moments, weight averages).
public record Lerp() implements Op {
  @Override
  public TensorType infer(List<TensorType> in) {
    Rule.arity(in, 3, this);
    Rule.same("b", in.get(0).shape(), in.get(1).shape());
    Rule.require(in.get(2).shape().size() == 1, "t is one number, got %s", in.get(2));
    return in.get(0);
  }
}
