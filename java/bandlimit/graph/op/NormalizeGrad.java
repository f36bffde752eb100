package bandlimit.graph.op;

import bandlimit.tensor.Shape;
import bandlimit.tensor.TensorType;
import java.util.List;

/// The input gradient of [Normalize], from (x, statistics, gamma, sums, dy). With r = 1 /
/// sqrt(variance + epsilon), h = (x - mean) r and g = gamma dy:
///
/// - live: dx = r (g - mean_set(g) - h mean_set(g h)); over the batch both means are in `sums`
/// - not live: dx = r g
public record NormalizeGrad(Over over, double epsilon, boolean live) implements Op {
  @Override
  public TensorType infer(List<TensorType> in) {
    Rule.arity(in, 5, this);
    var x = Rule.nhwc(in.get(0));
    Rule.same("statistics", over.statistics(x), in.get(1).shape());
    Rule.same("gamma", Shape.of(x.c()), in.get(2).shape());
    Rule.same("sums", Shape.of(2, x.c()), in.get(3).shape());
    Rule.same("dy", x, in.get(4).shape());
    var accumulated = in.get(0).dtype().accumulator();
    Rule.same("statistics", accumulated, in.get(1).dtype());
    Rule.same("gamma", accumulated, in.get(2).dtype());
    Rule.same("sums", accumulated, in.get(3).dtype());
    Rule.same("dy", in.get(0).dtype(), in.get(4).dtype());
    return in.get(4);
  }
}
