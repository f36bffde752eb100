package bandlimit.nn;

import bandlimit.graph.Node;
import bandlimit.graph.op.ArgmaxOneHot;
import bandlimit.graph.op.Cast;
import bandlimit.graph.op.Mul;
import bandlimit.graph.op.Reduce;
import bandlimit.tensor.DType;
import bandlimit.tensor.Shape;
import java.util.ArrayList;
import java.util.List;

/// Takes the map with the largest l2 norm over height, width and channels, the published rule of
/// adaptive polyphase sampling (Chaman and Dokmanic 2021, section 4.1). No gradient flows through
/// the choice.
///
/// Two maps with nearly the same norm may be told apart otherwise after a shift, as sums of another
/// order round otherwise; equal ones (a constant image) are, and then it is the order that decides.
public record LargestNorm() implements Polyphase.Chooser {
  @Override
  public Node weights(Scope scope, List<Node> maps) {
    var squares = new ArrayList<Node>();
    for (Node map : maps) {
      String name = "square" + squares.size();
      var wide = wide(scope, name, map);
      var one = Shape.of(map.shape().n(), 1, 1, 1);
      var square = scope.apply(name, new Mul(), wide, wide);
      squares.add(scope.apply(name + ".sum", new Reduce(one, 1), square));
    }
    return scope.apply("choice", new ArgmaxOneHot(), Polyphase.columns(scope, squares));
  }

  /// Bfloat16 sums would make a tie of every second choice.
  private static Node wide(Scope scope, String name, Node map) {
    return map.type().dtype() == DType.BF16
        ? scope.apply(name + ".f32", new Cast(DType.F32), map)
        : map;
  }
}
