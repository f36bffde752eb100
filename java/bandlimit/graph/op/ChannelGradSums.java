package bandlimit.graph.op;

import bandlimit.tensor.Shape;
import bandlimit.tensor.TensorType;
import java.util.List;

/// The parameter gradients of [Normalize], from (x, statistics, dy): (2, C), row 0 the sums of dy,
/// row 1 those of dy * (x - mean) / sqrt(variance + epsilon); f32 where x is bf16.
public record ChannelGradSums(Over over, double epsilon) implements Op {
  @Override
  public TensorType infer(List<TensorType> in) {
    Rule.arity(in, 3, this);
    var x = Rule.nhwc(in.get(0));
    Rule.same("statistics", over.statistics(x), in.get(1).shape());
    Rule.same("statistics", in.get(0).dtype().accumulator(), in.get(1).dtype());
    Rule.same("dy", x, in.get(2).shape());
    Rule.same("dy", in.get(0).dtype(), in.get(2).dtype());
    return in.get(0).accumulator().withShape(Shape.of(2, x.c()));
  }
}
