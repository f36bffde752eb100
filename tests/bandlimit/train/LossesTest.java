package bandlimit.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import bandlimit.backend.Executable;
import bandlimit.backend.reference.ReferenceBackend;
import bandlimit.config.Loss;
import bandlimit.config.Optimizer;
import bandlimit.data.Normalization;
import bandlimit.error.ConfigException;
import bandlimit.eval.Classifier;
import bandlimit.eval.Network;
import bandlimit.eval.Outputs;
import bandlimit.graph.op.Mul;
import bandlimit.graph.op.Reshape;
import bandlimit.nn.Init;
import bandlimit.plan.Planner;
import bandlimit.tensor.DType;
import bandlimit.tensor.HostTensor;
import bandlimit.tensor.Shape;
import bandlimit.tensor.TensorType;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Every loss by hand, and its gradient against differences; samples of two columns, the last
/// sample without weight.
class LossesTest {
  private static final int N = 3;
  private static final int COLUMNS = 2;
  private static final Loss.Mae MAE = new Loss.Mae(false);
  private static final Loss.Mse MSE = new Loss.Mse(false);
  private static final float[] X = {1, -2, 0.5f, 3, -1.5f, 2, 4, 0.25f, 1, 1, -1, 2.5f};
  private static final float[] TARGETS = {0, 1, 2, 0.5f, -1, 2, 1, 1, 0, 9, 9, 9};
  private static final double[] ERRORS = {1, -3, -1.5, 2.5, -0.5, 0, 3, -0.75};

  /// Loss and what a step of rate 1 makes of the weights.
  private record Step(double loss, double[] next) {
    double gradientAlong(double[] w, double[] direction) {
      return IntStream.range(0, w.length).mapToDouble(k -> (w[k] - next[k]) * direction[k]).sum();
    }
  }

  /// The last layer gives the input times weights, column by column.
  private static Step step(Loss loss, Outputs outputs, int width, double[] w) {
    int k = X.length / N / COLUMNS;
    var names = k == 1 || width == 1 ? List.of("none", "event") : List.of("a", "b");
    var network =
        new Network(
            (scope, x) -> {
              var weight = scope.parameter("w", Shape.of(width), Init.ONES, false);
              var y = scope.apply("y", new Mul(), x, weight);
              return scope.in("rows").apply(new Reshape(Shape.of(COLUMNS * N, width)), y);
            },
            TensorType.f32(1, COLUMNS, width),
            Normalization.uniform(width, 0, 1),
            names,
            outputs,
            DType.F32);
    var sgd = new Optimizer.Sgd(0.1, 0, false, 0, false, Optional.empty());
    var options =
        new TrainGraph.Options(N, N, 1, loss, sgd, false, false, false, false, Optional.empty());
    var graph = new TrainGraph(network, options);
    try (var backend = new ReferenceBackend();
        var executable = backend.compile(Planner.plan(graph.procedures(), backend))) {
      var state = executable.program().state("w");
      var start = HostTensor.allocate(state.type());
      for (int i = 0; i < width; i++) {
        start.set(i, w[i]);
      }
      executable.write(state, start);
      var plan = executable.program().plan(TrainGraph.TRAIN);
      var x = width == 1 ? Arrays.copyOf(X, N * COLUMNS) : X;
      executable.write(
          plan.input(Classifier.IMAGES), HostTensor.of(Shape.of(N, 1, COLUMNS, width), x));
      if (loss.isRegression()) {
        executable.write(
            plan.input(TrainGraph.TARGETS), HostTensor.of(Shape.of(N * COLUMNS, width), TARGETS));
      } else {
        labels(executable, 0, 1, 1, 0, 1, 1);
      }
      executable.write(plan.input(TrainGraph.WEIGHTS), HostTensor.of(Shape.of(N), 1f, 1f, 0f));
      executable.write(plan.input(TrainGraph.RATE), HostTensor.of(Shape.of(), 1f));
      executable.run(plan);
      double value = executable.read(plan.output(TrainGraph.LOSS)).get(0);
      var next = executable.read(state);
      return new Step(value, IntStream.range(0, width).mapToDouble(next::get).toArray());
    }
  }

  private static void labels(Executable executable, int... labels) {
    var slot = executable.program().plan(TrainGraph.TRAIN).input(TrainGraph.LABELS);
    var host = HostTensor.allocate(slot.type());
    for (int i = 0; i < labels.length; i++) {
      host.set(i, labels[i]);
    }
    executable.write(slot, host);
  }

  private static Step numbers(Loss loss, double... w) {
    return step(loss, new Outputs.Numbers(Normalization.uniform(2, 0, 1)), 2, w);
  }

  private static double mean(java.util.function.DoubleUnaryOperator of) {
    return Arrays.stream(ERRORS).map(of).sum() / (N * COLUMNS * 2);
  }

  @Test
  void theLossIsTheMeanOverNumbersAndColumnsOfSamplesWithWeight() {
    assertThat(numbers(MSE, 1, 1).loss).isCloseTo(mean(e -> e * e), within(1e-12));
    assertThat(numbers(MAE, 1, 1).loss).isCloseTo(mean(Math::abs), within(1e-12));
    double huber = mean(e -> Math.abs(e) < 1.2 ? e * e / 2 : 1.2 * (Math.abs(e) - 1.2 / 2));
    assertThat(numbers(new Loss.Huber(1.2, false), 1, 1).loss).isCloseTo(huber, within(1e-7));
  }

  @Test
  void huberIsHalfTheSquareForLargeDeltaAndALineForSmall() {
    double square = numbers(MSE, 1, 1).loss / 2;
    assertThat(numbers(new Loss.Huber(1e4, false), 1, 1).loss).isCloseTo(square, within(1e-9));
    double delta = 1e-5;
    assertThat(numbers(new Loss.Huber(delta, false), 1, 1).loss / delta)
        .isCloseTo(numbers(MAE, 1, 1).loss, within(1e-5));
  }

  @ParameterizedTest
  @ValueSource(strings = {"mse", "mae", "huber", "scaled", "binary", "weighted"})
  void theGradientIsThatOfDifferences(String which) {
    var scaled = new Outputs.Numbers(new Normalization(List.of(3.0, -1.0), List.of(2.0, 0.5)));
    double[] at = {0.9, 1.3};
    double[] along = {0.6, -0.8};
    double h = 1e-4;
    double[] ahead = {at[0] + h * along[0], at[1] + h * along[1]};
    double[] behind = {at[0] - h * along[0], at[1] - h * along[1]};
    java.util.function.Function<double[], Step> of =
        w ->
            switch (which) {
              case "mse" -> numbers(MSE, w);
              case "mae" -> numbers(MAE, w);
              case "huber" -> numbers(new Loss.Huber(1.2, false), w);
              case "scaled" -> step(new Loss.Huber(1.2, true), scaled, 2, w);
              case "binary" -> binary(List.of(), w[0]);
              default -> binary(List.of(1.0, 3.0), w[0]);
            };
    double slope = (of.apply(ahead).loss - of.apply(behind).loss) / (2 * h);
    double found =
        which.equals("binary") || which.equals("weighted")
            ? (at[0] - of.apply(at).next[0]) * along[0]
            : of.apply(at).gradientAlong(at, along);
    assertThat(slope).isNotZero();
    assertThat(found).isCloseTo(slope, within(2e-4 * Math.abs(slope) + 1e-5));
  }

  private static Step binary(List<Double> weights, double w) {
    return step(new Loss.BinaryCrossEntropy(weights), new Outputs.Binary(), 1, new double[] {w});
  }

  @Test
  void binaryCrossEntropyIsTheLogisticLossOfOneOutput() {
    double expected = 0;
    double weighted = 0;
    int[] labels = {0, 1, 1, 0};
    for (int i = 0; i < 4; i++) {
      double loss = Math.log1p(Math.exp(labels[i] == 1 ? -X[i] : X[i])) / (N * COLUMNS);
      expected += loss;
      weighted += labels[i] == 1 ? 3 * loss : loss;
    }
    assertThat(binary(List.of(), 1).loss).isCloseTo(expected, within(1e-12));
    assertThat(binary(List.of(1.0, 3.0), 1).loss).isCloseTo(weighted, within(1e-12));
    assertThatThrownBy(() -> binary(List.of(1.0), 1))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("loss.class_weights has 1 numbers, but there are 2 classes");
  }

  @Test
  void aLossOfTheOtherKindIsRefused() {
    assertThatThrownBy(() -> step(MAE, Outputs.CLASSES, 2, new double[] {1, 1}))
        .isInstanceOf(ConfigException.class)
        .hasMessage("loss.name: mae is for numbers, but the network tells classes");
    assertThatThrownBy(() -> numbers(new Loss.CrossEntropy(0, List.of()), 1, 1))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("loss.name: cross_entropy is for classes, but the network tells");
  }
}
