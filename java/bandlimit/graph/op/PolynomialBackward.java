package bandlimit.graph.op;

import bandlimit.graph.Graph;
import bandlimit.graph.Node;
import bandlimit.tensor.TensorType;
import java.util.List;

/// Backwards through out * p(in * x) with p = [Polynomial], from (x, a, dy): the gradient of x, and
/// as its [Part] 1 that of a; one read of x and dy serves both.
public record PolynomialBackward(double in, int degree, double out) implements FusedOp {
  @Override
  public TensorType infer(List<TensorType> types) {
    return new PolynomialGrad(degree).infer(types);
  }

  @Override
  public List<TensorType> parts(List<TensorType> types) {
    return List.of(coefficients(types.get(1)).infer(List.of(types.get(0), types.get(2))));
  }

  private PolynomialCoefficientGrad coefficients(TensorType a) {
    return new PolynomialCoefficientGrad(degree, a.shape().at(0) == 1);
  }

  @Override
  public Node define(Graph graph, String path, List<Node> inputs) {
    var x = x(graph, path, inputs);
    var op = new PolynomialGrad(degree);
    var dx = graph.apply(path + "/p", op, x, inputs.get(1), dy(graph, path, inputs));
    return ScaledPolynomial.scaled(graph, path, in, dx);
  }

  @Override
  public List<Node> defineParts(Graph graph, String path, List<Node> inputs) {
    var op = coefficients(inputs.get(1).type());
    return List.of(graph.apply(path + "/da", op, x(graph, path, inputs), dy(graph, path, inputs)));
  }

  private Node x(Graph graph, String path, List<Node> inputs) {
    return ScaledPolynomial.scaled(graph, path + "/in", in, inputs.get(0));
  }

  private Node dy(Graph graph, String path, List<Node> inputs) {
    return ScaledPolynomial.scaled(graph, path + "/out", out, inputs.get(2));
  }
}
