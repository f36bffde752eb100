package bandlimit.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import bandlimit.backend.Executable;
import bandlimit.backend.reference.ReferenceBackend;
import bandlimit.config.Loss;
import bandlimit.config.Optimizer;
import bandlimit.data.Normalization;
import bandlimit.eval.Classifier;
import bandlimit.eval.Network;
import bandlimit.nn.Flatten;
import bandlimit.nn.Linear;
import bandlimit.nn.Scope;
import bandlimit.plan.Planner;
import bandlimit.tensor.DType;
import bandlimit.tensor.HostTensor;
import bandlimit.tensor.Shape;
import bandlimit.tensor.TensorType;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// The loss of samples with two labels, against softmax by hand: the target is the mixture of both
/// smoothed ones.
class MixedLossTest {
  private static final int N = 3;
  private static final int CLASSES = 3;
  private static final double SMOOTHING = 0.1;

  @Test
  void theTargetIsTheMixture() {
    var labels = new float[] {0, 2, 1};
    var others = new float[] {1, 2, 0};
    var shares = new float[] {0.7f, 0.25f, 1};
    var logits = new double[N][CLASSES];
    double loss = run(labels, others, shares, logits);
    double expected = 0;
    for (int row = 0; row < N; row++) {
      double sum = 0;
      for (double z : logits[row]) {
        sum += Math.exp(z);
      }
      for (int k = 0; k < CLASSES; k++) {
        double target =
            shares[row] * smoothed(k == labels[row])
                + (1 - shares[row]) * smoothed(k == others[row]);
        expected -= target * (logits[row][k] - Math.log(sum)) / N;
      }
    }
    assertThat(loss).isCloseTo(expected, within(1e-6));
    // the negative control: without the other label
    assertThat(run(labels, labels, shares, logits)).isNotCloseTo(expected, within(1e-3));
  }

  private static double smoothed(boolean is) {
    return (is ? 1 - SMOOTHING : 0) + SMOOTHING / CLASSES;
  }

  private static double run(float[] labels, float[] others, float[] shares, double[][] logits) {
    var network =
        new Network(
            (scope, x) -> {
              var flat = new Flatten().build(scope.in("flat"), x);
              return new Linear(CLASSES).build(scope.in("fc"), flat);
            },
            TensorType.of(DType.U8, 2, 2, 1),
            Normalization.uniform(1, 0, 1),
            List.of("a", "b", "c"));
    var sgd = new Optimizer.Sgd(0.1, 0, false, 0, false, Optional.empty());
    var options =
        new TrainGraph.Options(
            N,
            N,
            1,
            new Loss.CrossEntropy(SMOOTHING, List.of()),
            sgd,
            false,
            false,
            true,
            true,
            Optional.empty());
    var graph = new TrainGraph(network, options);
    try (var backend = new ReferenceBackend();
        var executable = backend.compile(Planner.plan(graph.procedures(), backend))) {
      for (var variable : graph.variables().all()) {
        executable.write(executable.program().state(variable.path()), variable.initial(3));
      }
      var plan = executable.program().plan(TrainGraph.TRAIN);
      assertThat(plan.input(Classifier.IMAGES).type()).isEqualTo(TensorType.f32(N, 2, 2, 1));
      assertThat(plan.inputs()).doesNotContainKey(Scope.RANDOM);
      var images = HostTensor.allocate(TensorType.f32(N, 2, 2, 1));
      for (int i = 0; i < 4 * N; i++) {
        images.set(i, (i * 7 % 5) / 5.0);
      }
      executable.write(plan.input(Classifier.IMAGES), images);
      write(executable, TrainGraph.LABELS, DType.I32, labels);
      write(executable, TrainGraph.OTHERS, DType.I32, others);
      write(executable, TrainGraph.SHARES, DType.F32, shares);
      write(executable, TrainGraph.WEIGHTS, DType.F32, new float[] {1, 1, 1});
      executable.write(plan.input(TrainGraph.RATE), HostTensor.of(Shape.of(), 0.1f));
      executable.run(plan);
      var out = executable.read(plan.output(Classifier.LOGITS));
      for (int i = 0; i < N * CLASSES; i++) {
        logits[i / CLASSES][i % CLASSES] = out.get(i);
      }
      return executable.read(plan.output(TrainGraph.LOSS)).get(0);
    }
  }

  private static void write(Executable executable, String input, DType dtype, float[] values) {
    var tensor = HostTensor.allocate(TensorType.of(dtype, values.length));
    for (int i = 0; i < values.length; i++) {
      tensor.set(i, values[i]);
    }
    executable.write(executable.program().plan(TrainGraph.TRAIN).input(input), tensor);
  }
}
