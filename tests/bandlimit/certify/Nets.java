package bandlimit.certify;

import bandlimit.graph.Graph;
import bandlimit.graph.op.ConvGeometry;
import bandlimit.graph.op.Fn;
import bandlimit.nn.Activation;
import bandlimit.nn.AliasFreeNorm;
import bandlimit.nn.Conv;
import bandlimit.nn.FilteredPolynomial;
import bandlimit.nn.FilteredPolynomial.Oversample;
import bandlimit.nn.GlobalAvgPool;
import bandlimit.nn.IdealDown;
import bandlimit.nn.Layer;
import bandlimit.nn.LayerNorm;
import bandlimit.nn.Linear;
import bandlimit.nn.Mode;
import bandlimit.nn.PolynomialActivation;
import bandlimit.nn.Scope;
import bandlimit.nn.Sequential;
import bandlimit.nn.Variables;
import bandlimit.signal.Boundary;
import bandlimit.tensor.TensorType;
import java.util.List;

/// Small networks with and without a flaw.
final class Nets {
  static final List<Double> GELU = List.of(0.0169394634313126, 0.5, 0.3078363963999393);

  private Nets() {}

  /// What is wrong with a network, and the layer it is in.
  enum Flaw {
    GELU("net.2"),
    LAYER_NORM_OF_EACH_PIXEL("net.1"),
    ZERO_PADDING("net.0"),
    NO_OVERSAMPLING("net.2"),
    NO_FILTER_BEFORE_A_STRIDE("net.3");

    final String layer;

    Flaw(String layer) {
      this.layer = layer;
    }
  }

  static Layer aliasFree(List<Flaw> flaws) {
    Layer activation =
        flaws.contains(Flaw.GELU)
            ? new Activation(Fn.GELU)
            : flaws.contains(Flaw.NO_OVERSAMPLING)
                ? new PolynomialActivation(GELU, false)
                : new FilteredPolynomial(GELU, Oversample.MINIMAL);
    Layer norm =
        flaws.contains(Flaw.LAYER_NORM_OF_EACH_PIXEL) ? new LayerNorm(1e-6) : new AliasFreeNorm();
    var boundary = flaws.contains(Flaw.ZERO_PADDING) ? Boundary.ZERO : Boundary.CIRCULAR;
    boolean filtered = !flaws.contains(Flaw.NO_FILTER_BEFORE_A_STRIDE);
    Layer down = filtered ? new IdealDown(2) : (_, x) -> x;
    return Sequential.of(
        conv(6, boundary, 1),
        norm,
        activation,
        conv(6, boundary, filtered ? 1 : 2),
        down,
        norm,
        activation,
        conv(8, boundary, 1),
        new IdealDown(2),
        norm,
        activation,
        new GlobalAvgPool(),
        new Linear(5));
  }

  static Conv conv(int out, Boundary boundary, int stride) {
    return Conv.of(out, 3, stride, 1)
        .withGeometry(ConvGeometry.of(stride, 1).withBoundary(boundary));
  }

  static Structure structure(Layer layer, int h, int w) {
    var graph = new Graph();
    var images = graph.input("images", TensorType.f32(2, h, w, 3));
    var scope = Scope.root(graph, Mode.EVAL, new Variables());
    return Structure.of(graph, images, layer.build(scope.in("net"), images), scope.adaptives());
  }
}
