package bandlimit.conformance;

import bandlimit.graph.Graph;
import bandlimit.graph.Node;
import bandlimit.graph.op.Conv2d;
import bandlimit.graph.op.Conv2dInputGrad;
import bandlimit.graph.op.Conv2dWeightGrad;
import bandlimit.graph.op.MatMul;
import bandlimit.tensor.Shape;

/// How far a result may lie from the reference: machine epsilon times the square root of the number
/// of terms that are summed (their roundings walk at random), times 4 for the tail, in units of the
/// tensor's largest element.
final class Tolerance {
  static final double F32_EPSILON = 0x1p-23;

  /// Functions by polynomials are good to a few units in the last place; so are quotients of sums.
  private static final int FEWEST_TERMS = 8;

  private Tolerance() {}

  static double of(double epsilon, Graph graph, double size) {
    double terms = graph.nodes().stream().mapToLong(Tolerance::terms).max().orElse(0);
    return 4 * epsilon * Math.sqrt(Math.max(terms, FEWEST_TERMS)) * size;
  }

  /// Products or values in one element of the result.
  private static long terms(Node node) {
    return switch (node.op()) {
      case Conv2d _ -> node.input(1).shape().size() / node.input(1).shape().at(0);
      case Conv2dInputGrad c -> {
        Shape w = node.input(1).shape();
        yield w.size() / w.at(3) / c.geometry().groups();
      }
      case Conv2dWeightGrad _ -> node.input(1).shape().size() / node.input(1).shape().c();
      case MatMul(boolean transposeA, _) -> node.input(0).shape().at(transposeA ? 0 : 1);
      default -> // a reduction sums this many; elementwise it is 1 or less
          node.inputs().stream().mapToLong(input -> input.shape().size()).max().orElse(1)
              / node.shape().size();
    };
  }
}
