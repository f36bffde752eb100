package bandlimit.conformance;

import bandlimit.graph.Graph;
import bandlimit.graph.Node;
import bandlimit.graph.op.Conv2d;
import bandlimit.graph.op.Conv2dInputGrad;
import bandlimit.graph.op.Conv2dWeightGrad;
import bandlimit.graph.op.FilteredPolynomial;
import bandlimit.graph.op.FilteredPolynomialBackward;
import bandlimit.graph.op.MatMul;
import bandlimit.graph.op.Scale;
import bandlimit.tensor.DType;
import bandlimit.tensor.Shape;

/// How far a result may lie from the reference: machine epsilon times the square root of the number
/// of terms that are summed (their roundings walk at random), times 4 for the tail, in units of the
/// tensor's largest element.
///
/// Arithmetic is float32 whatever is stored, so a bf16 result of numbers that were bf16 to begin
/// with has this tolerance too, and the one rounding of its store, which is relative to the element
/// itself. Where another bf16 result lies on the way, every term carries such a rounding: there the
/// rule holds with the rounding unit of bf16 for epsilon.
///
/// @param absolute allowed of every element
/// @param relative allowed of each element in its own units
record Tolerance(double absolute, double relative) {
  static final double F32_EPSILON = 0x1p-23;

  /// What rounding a number to bf16 may move it by, in units of the number: 8 bits, half a last
  /// place.
  static final double BF16_ROUNDING = 0x1p-8;

  static final Tolerance NONE = new Tolerance(0, 0);

  /// Functions by polynomials are good to a few units in the last place; so are quotients of sums.
  private static final int FEWEST_TERMS = 8;

  static Tolerance absolute(double tolerance) {
    return new Tolerance(tolerance, 0);
  }

  /// For `output`, whose numbers go up to `size`.
  static Tolerance of(double epsilon, Graph graph, Node output, double size) {
    double terms = graph.nodes().stream().mapToLong(Tolerance::terms).max().orElse(0);
    boolean early = output.inputs().stream().anyMatch(Tolerance::rounds) || roundsInside(output);
    double unit = early ? Math.max(epsilon, BF16_ROUNDING) : epsilon;
    return new Tolerance(
        4 * unit * Math.sqrt(Math.max(terms, FEWEST_TERMS)) * size,
        output.type().dtype() == DType.BF16 ? BF16_ROUNDING : 0);
  }

  /// Whether a bf16 store lies on the way to `node`; copies do not round.
  private static boolean rounds(Node node) {
    boolean copy = node.inputs().isEmpty() || node.op().equals(new Scale(1));
    return !copy && node.type().dtype() == DType.BF16
        || node.inputs().stream().anyMatch(Tolerance::rounds);
  }

  double allowed(double expected) {
    return absolute + relative * Math.abs(expected);
  }

  /// Whether it is one step that keeps in bf16 what lies between its parts.
  private static boolean roundsInside(Node node) {
    return node.type().dtype() == DType.BF16
        && (node.op() instanceof FilteredPolynomial
            || node.op() instanceof FilteredPolynomialBackward);
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
