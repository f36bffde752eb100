package bandlimit.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import bandlimit.conformance.Machines.Machine;
import bandlimit.graph.Graph;
import bandlimit.nn.BlurPool;
import bandlimit.nn.Layer;
import bandlimit.nn.MaxBlurPool;
import bandlimit.nn.Mode;
import bandlimit.nn.Scope;
import bandlimit.nn.Variables;
import bandlimit.plan.Procedure;
import bandlimit.signal.Boundary;
import bandlimit.signal.Filter;
import bandlimit.tensor.HostTensor;
import bandlimit.tensor.Shape;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.assertj.core.data.Offset;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// What Zhang (2019) promises of a blur, on every machine.
class BlurLawsTest {
  private static final List<Boundary> KEEPS_CONSTANTS =
      List.of(Boundary.REFLECT, Boundary.REPLICATE, Boundary.CIRCULAR);

  private static final double[] SQUARES = {0, 1, 4, 9, 16, 25, 36, 49};

  /// Stride 2, reflect, 1 to 7 taps: computed by hand from the definition.
  private static final double[][] BLURRED_SQUARES = {
    {0, 4, 16, 36},
    {.5, 6.5, 20.5, 42.5},
    {.5, 4.5, 16.5, 36.5},
    {1, 7, 21, 39.5},
    {1, 5, 17, 35.25},
    {1.5, 7.5, 21.5, 37.375},
    {1.5, 5.5, 17.5, 34}
  };

  /// The same of the first seven squares.
  private static final double[][] BLURRED_ODD = {
    {0, 4, 16, 36},
    {.5, 6.5, 20.5, 30.5},
    {.5, 4.5, 16.5, 30.5},
    {1, 7, 21, 28},
    {1, 5, 17, 28},
    {1.5, 7.5, 20.75, 26.25},
    {1.5, 5.5, 17.125, 26.25}
  };

  static List<Machine> machines() {
    return Machines.all().toList();
  }

  @ParameterizedTest
  @MethodSource("machines")
  void aConstantStaysAConstantExceptBesideZeros(Machine machine) {
    var x = HostTensor.of(Shape.of(1, 9, 8, 3), constant(9 * 8 * 3, 0.7f));
    for (int taps = 1; taps <= 7; taps++) {
      for (int stride = 1; stride <= 3; stride++) {
        for (Boundary padding : KEEPS_CONSTANTS) {
          assertThat(run(machine, new BlurPool(Filter.binomial(taps), stride, padding), x))
              .as("%d taps, stride %d, %s", taps, stride, padding)
              .containsOnly(new double[] {0.7f}, within(machine));
        }
      }
    }
    // the negative control: zeros darken the border
    double[] zero = run(machine, new BlurPool(Filter.binomial(3), 2, Boundary.ZERO), x);
    assertThat(zero[0]).isEqualTo(0.7f * 9.0 / 16, within(machine));
  }

  @ParameterizedTest
  @MethodSource("machines")
  void circularBlurPoolFollowsShiftsByItsStride(Machine machine) {
    var shape = Shape.of(2, 12, 6, 3);
    var x = random(shape);
    for (int taps = 1; taps <= 6; taps++) {
      for (int stride = 1; stride <= 3; stride++) {
        var blur = new BlurPool(Filter.binomial(taps), stride, Boundary.CIRCULAR);
        var small = shape.with(1, 12 / stride).with(2, 6 / stride);
        double[] y = run(machine, blur, x);
        double[] shifted = run(machine, blur, rolled(x, stride, stride));
        double[] expected = rolled(HostTensor.of(small, y), 1, 1).toDoubles();
        assertThat(shifted).as("%d taps, stride %d", taps, stride).containsExactly(expected);
        if (stride > 1) {
          // a shift by less is only followed approximately: that is the method's limit
          assertThat(run(machine, blur, rolled(x, 1, 0))).isNotEqualTo(y);
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("machines")
  void maxBlurPoolOfTheToySignalIsThePapers(Machine machine) {
    var toy = HostTensor.of(Shape.of(1, 1, 8, 1), 0f, 0f, 1f, 1f, 0f, 0f, 1f, 1f);
    var moved = rolled(toy, 0, 1);
    assertThat(run(machine, new bandlimit.nn.MaxPool(2, 2, 0), toy)).containsExactly(0, 1, 0, 1);
    // z = 0 0 1 1 0 0 1 1, extended circularly by one: the maximum of each pair of neighbours
    assertThat(run(machine, circularMaxBlur(), toy)).containsExactly(.5, 1, .5, 1);
    assertThat(run(machine, circularMaxBlur(), moved)).containsExactly(.75, .75, .75, .75);
  }

  @ParameterizedTest
  @MethodSource("machines")
  void blurredSquaresAreThoseOfTheSpecification(Machine machine) {
    for (int taps = 1; taps <= 7; taps++) {
      var blur = new BlurPool(Filter.binomial(taps), 2, Boundary.REFLECT);
      assertThat(run(machine, blur, signal(SQUARES, 8)))
          .as("%d taps", taps)
          .containsExactly(BLURRED_SQUARES[taps - 1]);
      assertThat(run(machine, blur, signal(SQUARES, 7)))
          .as("%d taps, odd", taps)
          .containsExactly(BLURRED_ODD[taps - 1]);
    }
  }

  @ParameterizedTest
  @MethodSource("machines")
  void twoTapsOnAnEvenMapAreAveragePooling(Machine machine) {
    var shape = Shape.of(2, 8, 6, 5);
    var x = random(shape);
    double[] y = run(machine, new BlurPool(Filter.binomial(2), 2, Boundary.REFLECT), x);
    var small = Shape.of(2, 4, 3, 5);
    for (int i = 0; i < y.length; i++) {
      int c = i % 5;
      int w = i / 5 % 3;
      int row = i / 15; // n * 4 + h
      double sum = 0;
      for (int a = 0; a < 2; a++) {
        for (int b = 0; b < 2; b++) {
          sum += x.get(((2 * row + a) * 6 + 2 * w + b) * 5 + c);
        }
      }
      assertThat(y[i]).as("element %d of %s", i, small).isEqualTo(sum / 4, within(machine));
    }
  }

  @ParameterizedTest
  @MethodSource("machines")
  void aMaxBlurPoolHalvesAsItsBaselineDoes(Machine machine) {
    for (int n : new int[] {2, 3, 7, 8, 33}) {
      var x = random(Shape.of(1, n, n, 2));
      var blur = new BlurPool(Filter.binomial(3), 2, Boundary.REPLICATE);
      assertThat(run(machine, new MaxBlurPool(2, 0, blur), x)).hasSize(n / 2 * (n / 2) * 2);
    }
  }

  /// The toy is a periodic signal: the maximum over neighbours wraps round.
  private static Layer circularMaxBlur() {
    var wrap = new bandlimit.nn.Padding(Boundary.CIRCULAR, 0, 0, 0, 1);
    var max = new bandlimit.nn.MaxPool(2, 1, 0);
    var blur = new BlurPool(Filter.binomial(3), 2, Boundary.CIRCULAR);
    return (scope, x) ->
        blur.build(scope.in("blur"), max.build(scope.in("max"), wrap.build(scope.in("wrap"), x)));
  }

  private static double[] run(Machine machine, Layer layer, HostTensor x) {
    var graph = new Graph();
    var scope = Scope.root(graph, Mode.EVAL, new Variables()).in("layer");
    var y = layer.build(scope, graph.input("x", x.type()));
    var procedure = new Procedure("law", graph, Map.of("y", y), List.of());
    try (var harness = Harness.of(machine.backend(), procedure)) {
      return harness.write("x", x).run().read("y");
    }
  }

  private static Offset<Double> within(Machine machine) {
    return Offset.offset(8 * machine.epsilon());
  }

  private static HostTensor signal(double[] values, int n) {
    var x = HostTensor.allocate(bandlimit.tensor.TensorType.f32(1, 1, n, 1));
    for (int i = 0; i < n; i++) {
      x.set(i, values[i]);
    }
    return x;
  }

  private static HostTensor random(Shape shape) {
    var x = HostTensor.allocate(new bandlimit.tensor.TensorType(bandlimit.tensor.DType.F32, shape));
    Values.normal().fill(x, new Random(7));
    return x;
  }

  private static float[] constant(int n, float value) {
    var values = new float[n];
    Arrays.fill(values, value);
    return values;
  }

  /// Circularly shifted down and to the right.
  private static HostTensor rolled(HostTensor x, int down, int right) {
    var shape = x.shape();
    var y = HostTensor.allocate(x.type());
    for (int n = 0; n < shape.n(); n++) {
      for (int h = 0; h < shape.h(); h++) {
        for (int w = 0; w < shape.w(); w++) {
          for (int c = 0; c < shape.c(); c++) {
            int toH = (h + down) % shape.h();
            int toW = (w + right) % shape.w();
            y.set(flat(shape, n, toH, toW, c), x.get(flat(shape, n, h, w, c)));
          }
        }
      }
    }
    return y;
  }

  private static int flat(Shape shape, int n, int h, int w, int c) {
    return ((n * shape.h() + h) * shape.w() + w) * shape.c() + c;
  }
}
