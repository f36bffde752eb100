package bandlimit.graph.op;

import bandlimit.graph.Graph;
import bandlimit.graph.Node;
import bandlimit.tensor.TensorType;
import java.util.List;

/// down(p(up(x))) with p = [Polynomial], from (x, a, matrices of up, matrices of down): the
/// alias-free activation in one step, whose fine grid is never a tensor.
public record FilteredPolynomial(IdealResample up, int degree, IdealResample down)
    implements FusedOp {
  @Override
  public TensorType infer(List<TensorType> in) {
    Rule.arity(in, 6, this);
    var fine = up.infer(List.of(in.get(0), in.get(2), in.get(3)));
    var y = new Polynomial(degree).infer(List.of(fine, in.get(1)));
    return down.infer(List.of(y, in.get(4), in.get(5)));
  }

  @Override
  public Node define(Graph graph, String path, List<Node> in) {
    var fine = graph.apply(path + "/up", up, in.get(0), in.get(2), in.get(3));
    var y = graph.apply(path + "/p", new Polynomial(degree), fine, in.get(1));
    return graph.apply(path, down, y, in.get(4), in.get(5));
  }
}
