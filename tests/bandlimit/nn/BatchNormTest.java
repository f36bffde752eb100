package bandlimit.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import bandlimit.error.ShapeException;
import bandlimit.graph.Graph;
import bandlimit.tensor.HostTensor;
import bandlimit.tensor.Shape;
import bandlimit.tensor.TensorType;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class BatchNormTest {
  private static final double[] X = {1, 10, 2, 14, 4, 12, 5, 20, 6, 4, 0, 6}; // 6 pixels of 2
  private static final HostTensor INPUT = HostTensor.of(Shape.of(2, 3, 1, 2), X);

  @Test
  void trainingNormalisesByTheBatchAndMovesTheRunningStatistics() {
    var net =
        new Reference(new BatchNorm(), Mode.TRAIN)
            .with("layer.running", HostTensor.of(Shape.of(2, 2), 0.5, -1.0, 2.0, 3.0))
            .with("layer.weight", HostTensor.of(Shape.of(2), 2.0, 0.5))
            .with("layer.bias", HostTensor.of(Shape.of(2), 1.0, -1.0));
    double[] y = net.run(INPUT);
    double[] running = net.state("layer.running");
    for (int c = 0; c < 2; c++) {
      double mean = mean(c);
      double biased = sumOfSquares(c) / 6;
      double gamma = c == 0 ? 2 : 0.5;
      double beta = c == 0 ? 1 : -1;
      for (int i = 0; i < 6; i++) {
        double expected = gamma * (X[2 * i + c] - mean) / Math.sqrt(biased + 1e-5) + beta;
        assertThat(y[2 * i + c]).isCloseTo(expected, within(1e-12));
      }
      double unbiased = sumOfSquares(c) / 5;
      double[] before = {0.5, -1, 2, 3};
      assertThat(running[c]).isCloseTo(0.9 * before[c] + 0.1 * mean, within(1e-6));
      assertThat(running[2 + c]).isCloseTo(0.9 * before[2 + c] + 0.1 * unbiased, within(1e-6));
      double withBiased = 0.9 * before[2 + c] + 0.1 * biased;
      assertThat(Math.abs(running[2 + c] - withBiased)).isGreaterThan(0.01);
    }
  }

  @Test
  void evaluationUsesTheRunningStatisticsAndKeepsThem() {
    var net =
        new Reference(new BatchNorm(), Mode.EVAL)
            .with("layer.running", HostTensor.of(Shape.of(2, 2), 0.5, -1.0, 4.0, 9.0));
    double[] y = net.run(INPUT);
    assertThat(y[0]).isCloseTo((1 - 0.5) / Math.sqrt(4 + 1e-5), within(1e-12));
    assertThat(y[1]).isCloseTo((10 + 1) / Math.sqrt(9 + 1e-5), within(1e-12));
    assertThat(net.state("layer.running")).containsExactly(0.5, -1, 4, 9);
  }

  @Test
  void aRunningStatisticIsNoParameter() {
    var net = new Reference(new BatchNorm(), Mode.EVAL);
    net.run(INPUT);
    assertThat(net.variables().parameterCount()).isEqualTo(4);
    assertThat(net.variables().byPath().keySet())
        .containsExactly("layer.weight", "layer.bias", "layer.running");
    assertThat(net.variables().all()).noneMatch(Variable::decay);
  }

  @Test
  void oneValueAChannelIsTooFewToTrainOn() {
    var scope = Scope.root(new Graph(), Mode.TRAIN, new Variables()).in("bn1");
    var x = scope.graph().input("x", TensorType.f32(1, 1, 1, 4));
    assertThatThrownBy(() -> new BatchNorm().build(scope, x))
        .isInstanceOf(ShapeException.class)
        .hasMessageContaining("bn1")
        .hasMessageContaining("larger batch");
  }

  private static double mean(int c) {
    double sum = 0;
    for (int i = 0; i < 6; i++) {
      sum += X[2 * i + c];
    }
    return sum / 6;
  }

  private static double sumOfSquares(int c) {
    double mean = mean(c);
    double[] channel = new double[6];
    Arrays.setAll(channel, i -> X[2 * i + c] - mean);
    return Arrays.stream(channel).map(d -> d * d).sum();
  }
}
