package bandlimit.nn;

import bandlimit.graph.Node;
import bandlimit.graph.op.Polynomial;
import bandlimit.tensor.Shape;
import java.util.List;

/// a_0 + a_1 x + ... of degree 1..4 with trained coefficients, `coefficients` (C, degree + 1), or
/// (1, degree + 1) if `shared` by all channels.
///
/// @param start the coefficients before training, constant term first
public record PolynomialActivation(List<Double> start, boolean shared) implements Layer {
  public PolynomialActivation {
    start = List.copyOf(start);
  }

  @Override
  public Node build(Scope scope, Node x) {
    var shape = Shape.of(shared ? 1 : x.shape().at(-1), start.size());
    var coefficients = scope.parameter("coefficients", shape, new Init.Periodic(start), false);
    return scope.apply(new Polynomial(start.size() - 1), x, coefficients);
  }
}
