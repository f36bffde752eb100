package bandlimit.graph.op;

import bandlimit.tensor.Shape;
import bandlimit.tensor.TensorType;
import java.util.List;

/// da_i = sum of x^i * dy over all positions (and channels, if `shared`), from (x, dy); f32 where x
/// is bf16.
public record PolynomialCoefficientGrad(int degree, boolean shared) implements Op {
  @Override
  public TensorType infer(List<TensorType> in) {
    Rule.arity(in, 2, this);
    Rule.same("dy", in.get(0).shape(), in.get(1).shape());
    Rule.same("dy", in.get(0).dtype(), in.get(1).dtype());
    return in.get(0)
        .accumulator()
        .withShape(Shape.of(shared ? 1 : in.get(0).shape().at(-1), degree + 1));
  }
}
