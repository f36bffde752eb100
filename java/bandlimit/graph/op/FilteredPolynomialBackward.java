package bandlimit.graph.op;

import bandlimit.graph.Graph;
import bandlimit.graph.Node;
import bandlimit.tensor.TensorType;
import java.util.List;

/// Backwards through [FilteredPolynomial], from (x, a, matrices of up, matrices of down, dy): the
/// gradient of x, and as its [Part] 1 that of a. Everything on the fine grid is made again, so that
/// nothing there is kept from the forward pass.
public record FilteredPolynomialBackward(
    IdealResample up, int degree, IdealResample down, boolean shared) implements FusedOp {
  @Override
  public TensorType infer(List<TensorType> in) {
    Rule.arity(in, 7, this);
    var y = new FilteredPolynomial(up, degree, down).infer(in.subList(0, 6));
    Rule.same("dy", y.shape(), in.get(6).shape());
    return in.getFirst();
  }

  @Override
  public List<TensorType> parts(List<TensorType> in) {
    return List.of(in.get(1));
  }

  @Override
  public Node define(Graph graph, String path, List<Node> in) {
    var grad = new PolynomialGrad(degree);
    var dfine =
        graph.apply(path + "/p", grad, fine(graph, path, in), in.get(1), dy(graph, path, in));
    var transpose = new IdealResample(up.rows().transpose(), up.cols().transpose());
    return graph.apply(path, transpose, dfine, in.get(2), in.get(3));
  }

  @Override
  public List<Node> defineParts(Graph graph, String path, List<Node> in) {
    var grad = new PolynomialCoefficientGrad(degree, shared);
    return List.of(graph.apply(path + "/da", grad, fine(graph, path, in), dy(graph, path, in)));
  }

  private Node fine(Graph graph, String path, List<Node> in) {
    return graph.apply(path + "/up", up, in.get(0), in.get(2), in.get(3));
  }

  private Node dy(Graph graph, String path, List<Node> in) {
    var transpose = new IdealResample(down.rows().transpose(), down.cols().transpose());
    return graph.apply(path + "/dy", transpose, in.get(6), in.get(4), in.get(5));
  }
}
