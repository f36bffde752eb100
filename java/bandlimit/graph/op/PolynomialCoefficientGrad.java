package bandlimit.graph.op;

import bandlimit.tensor.Shape;
import bandlimit.tensor.TensorType;
import java.util.List;

/// da_i = sum of x^i * dy over all positions (and channels, if `shared`), from (x, dy).
public record PolynomialCoefficientGrad(int degree, boolean shared) implements Op {
  @Override
  public TensorType infer(List<TensorType> in) {
    Rule.arity(in, 2, this);
    Rule.same("dy", in.get(0).shape(), in.get(1).shape());
    return in.get(1).withShape(Shape.of(shared ? 1 : in.get(0).shape().at(-1), degree + 1));
  }
}
