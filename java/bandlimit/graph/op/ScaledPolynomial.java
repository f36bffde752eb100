package bandlimit.graph.op;

import bandlimit.graph.Graph;
import bandlimit.graph.Node;
import bandlimit.tensor.TensorType;
import java.util.List;

/// out * p(in * x) with p = [Polynomial], from (x, a): the factors cost nothing where they go into
/// the coefficients, and two passes over memory where they do not.
public record ScaledPolynomial(double in, int degree, double out) implements FusedOp {
  @Override
  public TensorType infer(List<TensorType> types) {
    return new Polynomial(degree).infer(types);
  }

  @Override
  public Node define(Graph graph, String path, List<Node> inputs) {
    var x = scaled(graph, path + "/in", in, inputs.get(0));
    return scaled(
        graph, path, out, graph.apply(path + "/p", new Polynomial(degree), x, inputs.get(1)));
  }

  static Node scaled(Graph graph, String path, double factor, Node x) {
    return factor == 1 ? x : graph.apply(path, new Scale(factor), x);
  }
}
