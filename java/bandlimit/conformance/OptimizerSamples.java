package bandlimit.conformance;

import bandlimit.graph.op.AdamWStep;
import bandlimit.graph.op.SgdMomentum;
import bandlimit.graph.op.SgdStep;
import bandlimit.tensor.TensorType;
import java.util.ArrayList;
import java.util.List;

/// Parameter updates; the formulas are PyTorch's.
final class OptimizerSamples {
  private OptimizerSamples() {}

  private static final List<Sample> ROWS = new ArrayList<>();

  static {
    for (Integer[] shape : new Integer[][] {{1}, {31}, {16, 3, 3, 9}}) {
      for (double decay : new double[] {0, 5e-4, 0.3}) {
        for (double momentum : new double[] {0, 0.9}) {
          sgd(shape, momentum, decay);
        }
        adamW(shape, 0.9, 0.999, decay, 1);
        adamW(shape, 0.8, 0.95, decay, 1000);
      }
    }
  }

  static List<Sample> rows() {
    return ROWS;
  }

  private static void sgd(Integer[] shape, double momentum, double decay) {
    ROWS.add(
        Sample.of(new SgdMomentum(momentum, decay))
            .in(shape)
            .in(shape)
            .in(shape)
            .formula(
                in ->
                    each(in, i -> momentum * in.get(2)[i] + in.get(1)[i] + decay * in.get(0)[i])));
    for (boolean nesterov : new boolean[] {false, true}) {
      ROWS.add(
          Sample.of(new SgdStep(momentum, nesterov, decay))
              .in(shape)
              .in(shape)
              .in(shape)
              .in(TensorType.f32(), Values.of(0.25))
              .formula(
                  in ->
                      each(
                          in,
                          i -> {
                            double d = in.get(1)[i] + decay * in.get(0)[i];
                            double buffer = in.get(2)[i];
                            return in.get(0)[i]
                                - in.get(3)[0] * (nesterov ? d + momentum * buffer : buffer);
                          })));
    }
  }

  private static void adamW(Integer[] shape, double beta1, double beta2, double decay, int t) {
    double epsilon = 1e-6;
    ROWS.add(
        Sample.of(new AdamWStep(beta1, beta2, epsilon, decay))
            .in(shape)
            .in(shape)
            .in(TensorType.f32(shape), Values.between(0.01, 2))
            .in(TensorType.f32(), Values.of(0.0625))
            .in(TensorType.f32(), Values.of(t))
            .note("t " + t)
            .formula(
                in ->
                    each(
                        in,
                        i -> {
                          double rate = in.get(3)[0];
                          double m = in.get(1)[i] / (1 - Math.pow(beta1, t));
                          double v = in.get(2)[i] / (1 - Math.pow(beta2, t));
                          return in.get(0)[i] * (1 - rate * decay)
                              - rate * m / (Math.sqrt(v) + epsilon);
                        })));
  }

  private static double[] each(List<double[]> in, java.util.function.IntToDoubleFunction f) {
    return java.util.stream.IntStream.range(0, in.getFirst().length).mapToDouble(f).toArray();
  }
}
