package bandlimit.graph.op;

import bandlimit.graph.Gradients;
import bandlimit.graph.Node;
import bandlimit.tensor.TensorType;
import java.util.List;

/// y = a_0 + a_1 x + ... + a_d x^d, from (x, a): a is (C, degree + 1), or (1, degree + 1) shared by
/// all channels. The last axis of x is C. Where x is bf16, so is y, and a is f32.
public record Polynomial(int degree) implements Op {
  public Polynomial {
    Rule.require(1 <= degree && degree <= 4, "a polynomial's degree is 1..4, got %d", degree);
  }

  @Override
  public TensorType infer(List<TensorType> in) {
    Rule.arity(in, 2, this);
    check(in.get(0), in.get(1), degree);
    return in.get(0);
  }

  static void check(TensorType xType, TensorType aType, int degree) {
    int c = xType.shape().at(-1);
    var a = aType.shape();
    Rule.require(
        a.rank() == 2 && (a.at(0) == c || a.at(0) == 1) && a.at(1) == degree + 1,
        "degree %d on %d channels needs coefficients (%d, %d) or (1, %d), got %s",
        degree,
        c,
        c,
        degree + 1,
        degree + 1,
        a);
    Rule.same("the coefficients", xType.dtype().accumulator(), aType.dtype());
  }

  @Override
  public void vjp(Node y, Node dy, Gradients to) {
    var x = y.input(0);
    var a = y.input(1);
    to.add(x, to.apply("dx", new PolynomialGrad(degree), x, a, dy));
    to.add(a, to.apply("da", new PolynomialCoefficientGrad(degree, a.shape().at(0) == 1), x, dy));
  }
}
