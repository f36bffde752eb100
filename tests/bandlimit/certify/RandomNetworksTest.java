package bandlimit.certify;

import static org.assertj.core.api.Assertions.assertThat;

import bandlimit.backend.reference.ReferenceBackend;
import bandlimit.error.ShapeException;
import bandlimit.graph.Graph;
import bandlimit.graph.Node;
import bandlimit.graph.op.Add;
import bandlimit.graph.op.Fn;
import bandlimit.graph.op.IdealResample;
import bandlimit.graph.op.MaxPool;
import bandlimit.graph.op.Mul;
import bandlimit.nn.Activation;
import bandlimit.nn.AliasFreeNorm;
import bandlimit.nn.BlurPool;
import bandlimit.nn.FilteredPolynomial;
import bandlimit.nn.FilteredPolynomial.Oversample;
import bandlimit.nn.GlobalAvgPool;
import bandlimit.nn.IdealDown;
import bandlimit.nn.LargestNorm;
import bandlimit.nn.Layer;
import bandlimit.nn.LayerNorm;
import bandlimit.nn.Linear;
import bandlimit.nn.Mode;
import bandlimit.nn.PolynomialActivation;
import bandlimit.nn.Polyphase;
import bandlimit.nn.Scope;
import bandlimit.nn.Sequential;
import bandlimit.nn.Variables;
import bandlimit.signal.Boundary;
import bandlimit.signal.Filter;
import bandlimit.signal.IdealResampler;
import bandlimit.tensor.Shape;
import bandlimit.tensor.TensorType;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// Networks that nobody would write: whatever is guaranteed of them is measured.
class RandomNetworksTest {
  private static final int NETWORKS = 150;

  private static final List<Layer> PARTS =
      List.of(
          Nets.conv(3, Boundary.CIRCULAR, 1),
          Nets.conv(3, Boundary.CIRCULAR, 2),
          Activation.RELU,
          new Activation(Fn.SQUARE),
          new PolynomialActivation(Nets.GELU, false),
          new FilteredPolynomial(Nets.GELU, Oversample.MINIMAL),
          new FilteredPolynomial(Nets.GELU, Oversample.TWICE),
          new IdealDown(2),
          new AliasFreeNorm(),
          new LayerNorm(1e-6),
          new BlurPool(Filter.binomial(3), 1, Boundary.CIRCULAR),
          new BlurPool(Filter.binomial(3), 2, Boundary.CIRCULAR),
          (scope, x) -> scope.apply(MaxPool.of(2, 2, 0), x),
          (scope, x) -> scope.apply(MaxPool.of(2, 1, 0), x),
          (scope, x) -> new Polyphase(new LargestNorm(), 2, Optional.empty()).sample(scope, x).y(),
          (scope, x) -> ideal(scope, x, 2.0 / 3),
          (scope, x) -> ideal(scope, x, 1.5),
          (scope, x) -> scope.apply(new Mul(), x, ideal(scope.in("low"), ideal(scope, x, 0.5), 2)),
          (scope, x) -> scope.apply(new Add(), x, Activation.RELU.build(scope.in("relu"), x)));

  private static Node ideal(Scope scope, Node x, double ratio) {
    int h = x.shape().h();
    int w = x.shape().w();
    int rows = Math.max(1, (int) Math.round(h * ratio));
    int cols = Math.max(1, (int) Math.round(w * ratio));
    var op = new IdealResample(IdealResampler.resize(h, rows), IdealResampler.resize(w, cols));
    return op.on(scope.graph(), scope.path() + "/ideal" + h + "." + rows, x);
  }

  private static Optional<Sequential> network(Random random) {
    var layers = new ArrayList<Layer>();
    int depth = 2 + random.nextInt(5);
    for (int i = 0; i < depth; i++) {
      layers.add(PARTS.get(random.nextInt(PARTS.size())));
    }
    layers.add(new GlobalAvgPool());
    layers.add(new Linear(4));
    var network = Sequential.of(layers);
    var graph = new Graph();
    try {
      network.build(
          Scope.root(graph, Mode.EVAL, new Variables()),
          graph.input("x", TensorType.f32(2, 12, 8, 3)));
      return Optional.of(network);
    } catch (ShapeException e) {
      return Optional.empty(); // too small for all of it
    }
  }

  @Test
  void whatIsGuaranteedIsMeasured() {
    var random = new Random(11);
    int real = 0;
    int whole = 0;
    try (var reference = new ReferenceBackend()) {
      var images = new Images("noise", true, Images.noise(12, 8, 3, 2, 3));
      for (int i = 0; i < NETWORKS; i++) {
        var network = network(random);
        if (network.isPresent()) {
          var certificate =
              Certifier.run(
                  network.get(),
                  Shape.of(12, 8, 3),
                  reference,
                  Certifier.Weights.initial(i),
                  images,
                  new Certifier.Options(List.of(Kind.values()), i, false),
                  (_, _) -> {});
          for (var change : certificate.changes()) {
            if (change.guaranteed()) {
              assertThat(Math.max(change.share(), change.noise()))
                  .as("%s: %s, %s", network.get(), certificate.structure(), change)
                  .isLessThan(1e-9);
            }
          }
          real += certificate.structure().isReal() ? 1 : 0;
          whole += certificate.structure().rows() > 0 ? 1 : 0;
        }
      }
    }
    assertThat(Math.min(real, whole)).as("networks of either kind").isGreaterThan(5);
  }
}
