package bandlimit.graph.op;

import bandlimit.tensor.TensorType;
import java.util.List;

/// Mean and biased variance of each set: x (N, H, W, C) -> (2, sets), row 0 the means; f32 where x
/// is bf16.
///
/// Has no gradient rule of its own: [Normalize] differentiates through it, which costs one pass
/// less.
public record Moments(Over over) implements Op {
  @Override
  public TensorType infer(List<TensorType> in) {
    Rule.arity(in, 1, this);
    return in.getFirst().accumulator().withShape(over.statistics(Rule.nhwc(in.getFirst())));
  }
}
