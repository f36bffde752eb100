package bandlimit.graph.op;

import bandlimit.tensor.TensorType;
import java.util.List;

/// The next momentum buffer, momentum * buffer + (dp + weightDecay * p), from (p, dp, buffer).
///
/// A buffer of zeros makes the first step PyTorch's: buffer = d.
public record SgdMomentum(double momentum, double weightDecay) implements Op {
  @Override
  public TensorType infer(List<TensorType> in) {
    Rule.arity(in, 3, this);
    Rule.same("dp", in.get(0).shape(), in.get(1).shape());
    Rule.same("buffer", in.get(0).shape(), in.get(2).shape());
    return in.get(0);
  }
}
