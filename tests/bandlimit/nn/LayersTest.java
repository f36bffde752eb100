package bandlimit.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import bandlimit.error.ShapeException;
import bandlimit.graph.Graph;
import bandlimit.graph.op.ConvGeometry;
import bandlimit.signal.Boundary;
import bandlimit.tensor.DType;
import bandlimit.tensor.HostTensor;
import bandlimit.tensor.Shape;
import bandlimit.tensor.TensorType;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class LayersTest {
  private static double[] run(Layer layer, Mode mode, HostTensor x) {
    return new Reference(layer, mode).run(x);
  }

  private static Shape shape(Layer layer, Integer... dims) {
    var graph = new Graph();
    var scope = Scope.root(graph, Mode.EVAL, new Variables()).in("layer");
    return layer.build(scope, graph.input("x", TensorType.f32(dims))).shape();
  }

  @Test
  void bytesAreNormalisedAsFractionsOfTheRange() {
    var x = HostTensor.allocate(TensorType.of(DType.U8, 1, 1, 2, 2));
    double[] bytes = {0, 255, 51, 128};
    for (int i = 0; i < 4; i++) {
      x.set(i, bytes[i]);
    }
    var layer = new InputNormalization(List.of(0.5, 0.25), List.of(0.25, 2.0));
    assertThat(run(layer, Mode.EVAL, x))
        .containsExactly(
            new double[] {-2, 0.375, (0.2 - 0.5) / 0.25, (128 / 255.0 - 0.25) / 2}, within(1e-12));
    var floats = HostTensor.of(Shape.of(1, 1, 1, 2), 0.0, 1.0);
    assertThat(run(layer, Mode.EVAL, floats))
        .containsExactly(new double[] {-2, 0.375}, within(1e-12));
    assertThatThrownBy(() -> shape(layer, 1, 4, 4, 3))
        .isInstanceOf(ShapeException.class)
        .hasMessageContaining("3 channels")
        .hasMessageContaining("2 means");
  }

  @Test
  void flattenPutsChannelsOutermost() {
    var x = HostTensor.of(Shape.of(1, 2, 1, 3), 0.0, 1.0, 2.0, 10.0, 11.0, 12.0);
    assertThat(run(new Flatten(), Mode.EVAL, x)).containsExactly(0, 10, 1, 11, 2, 12);
  }

  @Test
  void theGlobalAverageIsTheMeanOfEachChannel() {
    var x = HostTensor.of(Shape.of(1, 2, 1, 2), 1.0, 2.0, 5.0, 10.0);
    assertThat(run(new GlobalAvgPool(), Mode.EVAL, x))
        .containsExactly(new double[] {3, 6}, within(1e-12));
    assertThat(shape(new GlobalAvgPool(), 4, 1, 1, 7)).isEqualTo(Shape.of(4, 7));
  }

  @Test
  void aLinearLayerIsWeightTimesInputPlusBias() {
    double[] y =
        new Reference(new Linear(2), Mode.EVAL)
            .with("layer.weight", HostTensor.of(Shape.of(2, 3), 1.0, 2.0, 3.0, 4.0, 5.0, 6.0))
            .with("layer.bias", HostTensor.of(Shape.of(2), 10.0, 20.0))
            .run(HostTensor.of(Shape.of(1, 3), 1.0, 0.0, -1.0));
    assertThat(y).containsExactly(new double[] {8, 18}, within(1e-12));
    assertThatThrownBy(() -> shape(new Linear(2), 1, 4, 4, 3))
        .isInstanceOf(ShapeException.class)
        .hasMessageContaining("layer: ")
        .hasMessageContaining("GlobalAvgPool");
  }

  @Test
  void dropoutActsInTrainingOnlyAndKeepsTheMean() {
    var ones = HostTensor.allocate(TensorType.of(DType.F64, 64, 4, 4, 8)).fill(1);
    assertThat(run(new Dropout(0.25), Mode.EVAL, ones)).containsOnly(1);
    double[] y = run(new Dropout(0.25), Mode.TRAIN, ones);
    assertThat(Arrays.stream(y).distinct().sorted().toArray())
        .containsExactly(new double[] {0, 4 / 3.0}, within(1e-12));
    assertThat(Arrays.stream(y).average().orElseThrow()).isCloseTo(1, within(0.03));
    double[] samples = run(new DropPath(0.5), Mode.TRAIN, ones);
    for (int n = 0; n < 64; n++) {
      assertThat(Arrays.stream(samples, n * 128, (n + 1) * 128).distinct().count()).isEqualTo(1);
    }
    assertThat(samples).contains(0).contains(2);
  }

  @Test
  void normsByTheSampleDoNotSeeTheBatch() {
    var random = new java.util.Random(3);
    double[] values = random.doubles(2 * 3 * 3 * 4).toArray();
    var both = HostTensor.of(Shape.of(2, 3, 3, 4), values);
    var first = HostTensor.of(Shape.of(1, 3, 3, 4), Arrays.copyOf(values, 36));
    for (Layer norm : List.of(new LayerNorm(), new GroupNorm(2))) {
      double[] alone = run(norm, Mode.TRAIN, first);
      assertThat(Arrays.copyOf(run(norm, Mode.TRAIN, both), 36)).containsExactly(alone);
      assertThat(run(norm, Mode.EVAL, first)).containsExactly(alone);
      assertThat(Arrays.stream(alone).average().orElseThrow()).isCloseTo(0, within(1e-12));
    }
    double[] batch = run(new BatchNorm(), Mode.TRAIN, both);
    assertThat(Arrays.copyOf(batch, 36)).isNotEqualTo(run(new BatchNorm(), Mode.TRAIN, first));
  }

  @Test
  void polynomialsStartWhereTheyAreTold() {
    var x = HostTensor.of(Shape.of(1, 1, 1, 3), -1.0, 0.0, 2.0);
    for (boolean shared : List.of(true, false)) {
      assertThat(run(new PolynomialActivation(List.of(0.5, 1.0, 0.25), shared), Mode.EVAL, x))
          .containsExactly(new double[] {-0.25, 0.5, 3.5}, within(1e-12));
    }
  }

  @Test
  void convolutionsHaveTheShapesOfTheirGeometry() {
    assertThat(shape(Conv.of(8, 3, 2, 1), 1, 33, 32, 3)).isEqualTo(Shape.of(1, 17, 16, 8));
    var depthwise = Conv.of(6, 3, 1, 1).withGeometry(ConvGeometry.of(1, 1).withGroups(6));
    assertThat(shape(depthwise, 1, 8, 8, 6)).isEqualTo(Shape.of(1, 8, 8, 6));
    assertThatThrownBy(() -> shape(depthwise, 1, 8, 8, 4))
        .isInstanceOf(ShapeException.class)
        .hasMessageContaining("layer: 4 input channels")
        .hasMessageContaining("6 groups");
    assertThatThrownBy(() -> shape(Conv.of(8, 7, 1, 0), 1, 5, 5, 3))
        .isInstanceOf(ShapeException.class)
        .hasMessageContaining("layer: height is 5")
        .hasMessageContaining("spans 7");
  }

  @Test
  void reflectedConvolutionsPadFirst() {
    var layer =
        Sequential.of(new Padding(Boundary.REFLECT, 1, 1, 1, 1), Conv.of(4, 3, 1, 0).withBias());
    var graph = new Graph();
    var variables = new Variables();
    var y =
        layer.build(
            Scope.root(graph, Mode.EVAL, variables).in("net"),
            graph.input("x", TensorType.f32(1, 5, 5, 2)));
    assertThat(y.shape()).isEqualTo(Shape.of(1, 5, 5, 4));
    assertThat(variables.byPath().keySet()).containsExactly("net.1.weight", "net.1.bias");
    assertThat(variables.get("net.1.weight").layout()).isEqualTo(Layout.CONV_WEIGHT);
    assertThat(variables.get("net.1.weight").decay()).isTrue();
    assertThat(variables.get("net.1.bias").decay()).isFalse();
  }

  @Test
  void theToyOfThePaper() { // Zhang (2019), figure 3: max-pooling forgets where the square wave was
    var z = HostTensor.of(Shape.of(1, 1, 8, 1), 0.0, 0, 1, 1, 0, 0, 1, 1);
    var moved = HostTensor.of(Shape.of(1, 1, 8, 1), 0.0, 1, 1, 0, 0, 1, 1, 0);
    assertThat(run(new MaxPool(2, 2, 0), Mode.EVAL, z)).containsExactly(0, 1, 0, 1);
    assertThat(run(new MaxPool(2, 2, 0), Mode.EVAL, moved)).containsExactly(1, 1, 1, 1);
  }
}
