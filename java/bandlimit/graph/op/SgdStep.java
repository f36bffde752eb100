package bandlimit.graph.op;

import bandlimit.tensor.TensorType;
import java.util.List;

/// The next parameter, from (p, dp, next buffer, learning rate). With d = dp + weightDecay * p: p -
/// rate * buffer, or with Nesterov p - rate * (d + momentum * buffer). Without momentum the buffer
/// is d itself.
public record SgdStep(double momentum, boolean nesterov, double weightDecay) implements Op {
  @Override
  public TensorType infer(List<TensorType> in) {
    Rule.arity(in, 4, this);
    Rule.same("dp", in.get(0).shape(), in.get(1).shape());
    Rule.same("buffer", in.get(0).shape(), in.get(2).shape());
    Rule.require(in.get(3).shape().size() == 1, "the rate is one number, got %s", in.get(3));
    return in.get(0);
  }
}
