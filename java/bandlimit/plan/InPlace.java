package bandlimit.plan;

import bandlimit.graph.Node;
import bandlimit.graph.op.Add;
import bandlimit.graph.op.Dropout;
import bandlimit.graph.op.Lerp;
import bandlimit.graph.op.Mul;
import bandlimit.graph.op.NormalizeGrad;
import bandlimit.graph.op.NormalizeRelu;
import bandlimit.graph.op.NormalizeReluBackward;
import bandlimit.graph.op.Over;
import bandlimit.graph.op.Pointwise;
import bandlimit.graph.op.PointwiseGrad;
import bandlimit.graph.op.Polynomial;
import bandlimit.graph.op.PolynomialBackward;
import bandlimit.graph.op.PolynomialGrad;
import bandlimit.graph.op.Scale;
import bandlimit.graph.op.ScaledPolynomial;
import bandlimit.graph.op.SgdMomentum;
import bandlimit.graph.op.SgdStep;
import java.util.List;

/// Which inputs a step may write over: where element i of the result needs only element i of that
/// input. Every backend must then read an element before it writes it.
final class InPlace {
  private InPlace() {}

  static List<Integer> candidates(Node node) {
    var indices =
        switch (node.op()) {
          case Pointwise _, Scale _, Dropout _, Polynomial _, Lerp _ -> List.of(0);
          case PointwiseGrad _ -> List.of(1, 0);
          case PolynomialGrad _ -> List.of(2, 0);
          case Add _, Mul _ -> List.of(0, 1);
          case NormalizeGrad(Over over, _, _) when over.equals(Over.BATCH) -> List.of(4, 0);
          case NormalizeRelu(_, boolean residual) -> residual ? List.of(4) : List.<Integer>of();
          case NormalizeReluBackward _ -> List.of(4, 0); // its sums are finished before dx starts
          case ScaledPolynomial _ -> List.of(0);
          case PolynomialBackward _ -> List.of(2, 0);
          case SgdMomentum _, SgdStep _ -> List.of(1);
          default -> List.<Integer>of();
        };
    return indices.stream()
        .filter(i -> node.input(i).shape().equals(node.shape()))
        .filter(i -> node.input(i).type().dtype() == node.type().dtype())
        .toList();
  }
}
