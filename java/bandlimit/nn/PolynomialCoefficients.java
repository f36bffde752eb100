package bandlimit.nn;

import bandlimit.graph.Node;
import bandlimit.graph.op.Concat;
import bandlimit.graph.op.Constant;
import bandlimit.graph.op.Expand;
import bandlimit.graph.op.Mul;
import bandlimit.graph.op.Reshape;
import bandlimit.signal.PolynomialFit;
import bandlimit.tensor.DType;
import bandlimit.tensor.Shape;
import bandlimit.tensor.TensorType;
import java.util.ArrayList;
import java.util.List;

/// The trained numbers of y = out p(in x), p a polynomial for each channel: `coefficients` (C,
/// degree + 1), `in_scale` (1), `out_scale` (1). As in the published alias-free networks (Michaeli
/// et al. 2023), where both scales start at 7.
///
/// The scales go into the coefficients, a_k = out in^k c_k, before the map is read: the function
/// and its gradients are the same, and no pass over the map is spent on them.
///
/// @param start c before training, the constant first, for each channel
/// @param trainScales whether the scales are trained too
/// @param decay whether weight decay reaches the coefficients, as it does in the published networks
public record PolynomialCoefficients(
    List<Double> start, double inScale, double outScale, boolean trainScales, boolean decay) {
  public PolynomialCoefficients {
    start = List.copyOf(start);
    if (start.isEmpty()) {
      throw new IllegalArgumentException("a polynomial needs one coefficient or more");
    }
  }

  private static final double INTERVAL = 1.42; // gives the published quadratic to 1.3e-4
  private static final int HIGHEST = 4;
  // Michaeli et al. 2023, models/activation.py
  private static final List<Double> PUBLISHED =
      List.of(0.0169394634313126, 0.5, 0.3078363963999393);

  /// Near GELU: the published quadratic, or the least-squares fit of another degree, 1..4, over the
  /// same interval.
  public static List<Double> gelu(int degree) {
    if (degree < 1 || degree > HIGHEST) {
      throw new IllegalArgumentException("degree must be 1..%d, got %d".formatted(HIGHEST, degree));
    }
    return degree == 2
        ? PUBLISHED
        : PolynomialFit.overInterval(PolynomialFit.GELU, degree, -INTERVAL, INTERVAL)
            .coefficients();
  }

  /// Without scales, and without weight decay.
  public PolynomialCoefficients(List<Double> start) {
    this(start, 1, 1, false, false);
  }

  public int degree() {
    return start.size() - 1;
  }

  /// Declares them for `channels` channels at `scope`; a (C, degree + 1), the scales multiplied in.
  Node declare(Scope scope, int channels) {
    var shape = Shape.of(channels, start.size());
    var c = scope.parameter("coefficients", shape, new Init.Periodic(start), decay);
    if (!trainScales && inScale == 1 && outScale == 1) {
      return c;
    }
    var in = scale(scope, "in_scale", inScale);
    var power = scale(scope, "out_scale", outScale);
    var powers = new ArrayList<Node>();
    powers.add(power);
    for (int k = 1; k <= degree(); k++) {
      power = scope.apply("power" + k, new Mul(), power, in);
      powers.add(power);
    }
    var row = scope.apply("powers", new Concat(1), powers.toArray(Node[]::new));
    return scope.apply("scaled", new Mul(), c, scope.apply("rows", new Expand(shape, 1), row));
  }

  /// (1, 1).
  private Node scale(Scope scope, String name, double value) {
    if (!trainScales) {
      return scope.apply(name, Constant.fill(new TensorType(DType.F32, Shape.of(1, 1)), value));
    }
    var scale = scope.parameter(name, Shape.of(1), Init.constant(value), false);
    return scope.apply(name + "_row", new Reshape(Shape.of(1, 1)), scale);
  }
}
