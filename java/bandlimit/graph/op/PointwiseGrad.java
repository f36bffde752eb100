package bandlimit.graph.op;

import bandlimit.tensor.TensorType;
import java.util.List;

/// dx = fn'(.) * dy, from (kept, dy); `kept` is y where [Fn#fromOutput], else x. ReLU's derivative
/// at 0 is 0.
public record PointwiseGrad(Fn fn) implements Op {
  @Override
  public TensorType infer(List<TensorType> in) {
    Rule.arity(in, 2, this);
    Rule.same("dy", in.get(0).shape(), in.get(1).shape());
    Rule.same("dy", in.get(0).dtype(), in.get(1).dtype());
    return in.get(1);
  }
}
