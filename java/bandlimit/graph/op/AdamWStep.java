package bandlimit.graph.op;

import bandlimit.tensor.TensorType;
import java.util.List;

/// The next parameter of AdamW, from (p, next m, next v, learning rate, t = 1, 2, ...):
///
/// p (1 - rate * weightDecay) - rate * (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t)) + epsilon)
public record AdamWStep(double beta1, double beta2, double epsilon, double weightDecay)
    implements Op {
  @Override
  public TensorType infer(List<TensorType> in) {
    Rule.arity(in, 5, this);
    Rule.same("m", in.get(0).shape(), in.get(1).shape());
    Rule.same("v", in.get(0).shape(), in.get(2).shape());
    Rule.require(
        in.get(3).shape().size() == 1 && in.get(4).shape().size() == 1,
        "the rate and t are one number each, got %s and %s",
        in.get(3),
        in.get(4));
    return in.get(0);
  }
}
