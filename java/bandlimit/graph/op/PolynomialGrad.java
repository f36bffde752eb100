package bandlimit.graph.op;

import bandlimit.tensor.TensorType;
import java.util.List;

/// dx = (a_1 + 2 a_2 x + ... + d a_d x^(d-1)) * dy, from (x, a, dy).
public record PolynomialGrad(int degree) implements Op {
  @Override
  public TensorType infer(List<TensorType> in) {
    Rule.arity(in, 3, this);
    Polynomial.check(in.get(0), in.get(1), degree);
    Rule.same("dy", in.get(0).shape(), in.get(2).shape());
    Rule.same("dy", in.get(0).dtype(), in.get(2).dtype());
    return in.get(2);
  }
}
