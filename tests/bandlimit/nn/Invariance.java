package bandlimit.nn;

import bandlimit.backend.Backend;
import bandlimit.backend.reference.ReferenceBackend;
import bandlimit.conformance.Harness;
import bandlimit.graph.Graph;
import bandlimit.graph.Node;
import bandlimit.graph.op.IdealResample;
import bandlimit.plan.Procedure;
import bandlimit.signal.IdealResampler;
import bandlimit.tensor.HostTensor;
import bandlimit.tensor.Shape;
import bandlimit.tensor.TensorType;
import java.util.List;
import java.util.Map;
import java.util.Random;

/// How much an untrained network's logits change under circular shifts of its input.
public final class Invariance {
  /// Down and right, in pixels.
  private static final List<double[]> EVERY =
      List.of(
          new double[] {1, 0},
          new double[] {3, 5},
          new double[] {0.5, 0.5},
          new double[] {0.25, 0.125},
          new double[] {0, 1 / 3.0},
          new double[] {0.37, 1.61});

  private static final double LOUDER = 15;

  private Invariance() {}

  /// The largest change of the logits under the shifts, as a share of the largest logit. The image
  /// is shifted on the reference, in double, and has no Nyquist frequency.
  public static double change(Backend backend, Layer network, int h, int w) {
    return change(backend, network, h, w, EVERY);
  }

  /// As above, under these.
  public static double change(Backend backend, Layer network, int h, int w, List<double[]> shifts) {
    var x = HostTensor.of(Shape.of(1, h, w, 3), new Random(h).doubles(h * w * 3L, -1, 1).toArray());
    var image = resampled(x, band(h), band(w));
    var logits = run(backend, network, image);
    double most = 0;
    double size = 0;
    for (double logit : logits) {
      size = Math.max(size, Math.abs(logit));
    }
    for (var shift : shifts) {
      var moved =
          resampled(image, IdealResampler.shift(h, shift[0]), IdealResampler.shift(w, shift[1]));
      var others = run(backend, network, moved);
      for (int k = 0; k < logits.length; k++) {
        most = Math.max(most, Math.abs(others[k] - logits[k]));
      }
    }
    return most / size;
  }

  private static IdealResampler band(int n) {
    return IdealResampler.lowpass(n, n % 2 == 0 ? n - 1 : n);
  }

  private static HostTensor resampled(HostTensor x, IdealResampler rows, IdealResampler cols) {
    var op = new IdealResample(rows, cols);
    Layer layer = (scope, node) -> op.on(scope.graph(), scope.path(), node);
    try (var backend = new ReferenceBackend()) {
      return HostTensor.of(x.shape(), run(backend, layer, x));
    }
  }

  /// What the untrained layer makes of x.
  public static double[] run(Backend backend, Layer layer, HostTensor x) {
    var variables = new Variables();
    var graph = new Graph();
    Node input = graph.input("x", TensorType.f32(x.shape().dims().toArray(Integer[]::new)));
    var y = layer.build(Scope.root(graph, Mode.EVAL, variables).in("net"), input);
    var procedure = new Procedure("net", graph, Map.of("y", y), List.of());
    try (var harness = Harness.of(backend, procedure)) {
      for (var variable : variables.all()) {
        harness.writeState(variable.path(), louder(variable));
      }
      return harness.write("x", x).run().read("y");
    }
  }

  /// Weights that start so small (0.02) that every activation is a line hide what it does: those of
  /// a few channels are made as large as the usual ones of many.
  private static HostTensor louder(Variable variable) {
    var start = variable.initial(7);
    if (variable.init() instanceof Init.Normal && start.shape().rank() > 1) {
      for (long i = 0; i < start.shape().size(); i++) {
        start.set(i, LOUDER * start.get(i));
      }
    }
    return start;
  }
}
