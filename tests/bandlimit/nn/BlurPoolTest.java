package bandlimit.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import bandlimit.error.ShapeException;
import bandlimit.graph.Graph;
import bandlimit.graph.op.Resample;
import bandlimit.signal.Boundary;
import bandlimit.signal.Filter;
import bandlimit.tensor.HostTensor;
import bandlimit.tensor.Shape;
import bandlimit.tensor.TensorType;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class BlurPoolTest {
  private static BlurPool blur(int taps, Boundary padding) {
    return new BlurPool(Filter.binomial(taps), 2, padding);
  }

  private static double[] run(Layer layer, HostTensor x) {
    return new Reference(layer, Mode.EVAL).run(x);
  }

  /// The published arithmetic on squares, reflected: one line a filter of 1 to 7 taps.
  @Test
  void squaresAsPublished() {
    double[][] even = {
      {0, 4, 16, 36},
      {.5, 6.5, 20.5, 42.5},
      {.5, 4.5, 16.5, 36.5},
      {1, 7, 21, 39.5},
      {1, 5, 17, 35.25},
      {1.5, 7.5, 21.5, 37.375},
      {1.5, 5.5, 17.5, 34}
    };
    double[][] odd = {
      {0, 4, 16, 36},
      {.5, 6.5, 20.5, 30.5},
      {.5, 4.5, 16.5, 30.5},
      {1, 7, 21, 28},
      {1, 5, 17, 28},
      {1.5, 7.5, 20.75, 26.25},
      {1.5, 5.5, 17.125, 26.25}
    };
    for (int taps = 1; taps <= 7; taps++) {
      assertThat(run(blur(taps, Boundary.REFLECT), squares(1, 8)))
          .containsExactly(even[taps - 1], within(1e-12));
      assertThat(run(blur(taps, Boundary.REFLECT), squares(1, 7)))
          .containsExactly(odd[taps - 1], within(1e-12));
    }
  }

  /// x[j] = j^2 along the width, the same in each of `rows` rows.
  private static HostTensor squares(int rows, int n) {
    double[] values = new double[rows * n];
    Arrays.setAll(values, i -> (double) (i % n) * (i % n));
    return HostTensor.of(Shape.of(1, rows, n, 1), values);
  }

  @Test
  void bothAxesAreBlurredAlike() {
    var x = random(1, 9, 6, 2);
    double[] y = run(blur(3, Boundary.REFLECT), x);
    double[] yT = run(blur(3, Boundary.REFLECT), transposed(x));
    for (int i = 0; i < 5; i++) {
      for (int j = 0; j < 3; j++) {
        assertThat(y[(i * 3 + j) * 2]).isCloseTo(yT[(j * 5 + i) * 2], within(1e-12));
      }
    }
  }

  @Test
  void aConstantStaysTheConstantUnlessZerosAreMixedIn() {
    for (int taps = 1; taps <= 7; taps++) {
      var x = HostTensor.allocate(TensorType.of(bandlimit.tensor.DType.F64, 1, 9, 8, 3)).fill(2.5);
      for (var padding : List.of(Boundary.REFLECT, Boundary.REPLICATE, Boundary.CIRCULAR)) {
        assertThat(Arrays.stream(run(blur(taps, padding), x)).boxed().toList())
            .hasSize(5 * 4 * 3)
            .allMatch(v -> near(v, 2.5));
      }
      boolean kept = Arrays.stream(run(blur(taps, Boundary.ZERO), x)).allMatch(v -> near(v, 2.5));
      assertThat(kept).as("zeros at the border, %d taps", taps).isEqualTo(taps == 1);
    }
  }

  @Test
  void shiftingByTheStrideShiftsTheResultByOne() {
    var x = random(1, 8, 10, 2);
    for (int taps = 1; taps <= 7; taps++) {
      double[] y = run(blur(taps, Boundary.CIRCULAR), x);
      double[] ofShifted = run(blur(taps, Boundary.CIRCULAR), shifted(x, 2));
      double[] expected = shifted(HostTensor.of(Shape.of(1, 4, 5, 2), y), 1).toDoubles();
      assertThat(ofShifted).containsExactly(expected, within(1e-12));
    }
  }

  @Test
  void moreTapsMakeAShiftByOneMatterLess() {
    var x = random(1, 16, 16, 1);
    double before = Double.MAX_VALUE;
    for (int taps = 1; taps <= 7; taps++) {
      double[] y = run(blur(taps, Boundary.CIRCULAR), x);
      double[] moved = run(blur(taps, Boundary.CIRCULAR), shifted(x, 1));
      double change = 0;
      for (int i = 0; i < y.length; i++) {
        change += (y[i] - moved[i]) * (y[i] - moved[i]);
      }
      assertThat(change).isLessThan(before);
      before = change;
    }
  }

  @Test
  void onASinglePixelNothingIsDoneAndANoteSaysSo() {
    var graph = new Graph();
    var scope = Scope.root(graph, Mode.EVAL, new Variables());
    var x = graph.input("x", TensorType.f32(2, 1, 1, 8));
    assertThat(blur(5, Boundary.REFLECT).build(scope.in("blur"), x)).isSameAs(x);
    assertThat(scope.notes())
        .hasEntrySatisfying("blur", notes -> assertThat(notes.getFirst()).contains("1x1"));
  }

  @Test
  void aSignalIsBlurredAlongItsWidthOnly() {
    var graph = new Graph();
    var scope = Scope.root(graph, Mode.EVAL, new Variables());
    var y =
        blur(5, Boundary.REFLECT)
            .build(scope.in("blur"), graph.input("x", TensorType.f32(2, 1, 20, 8)));
    assertThat(y.shape()).isEqualTo(Shape.of(2, 1, 10, 8));
    assertThat(((Resample) y.op()).rows().isIdentity()).isTrue();
  }

  @Test
  void aMapTooSmallForItsPaddingIsNamedWithTheNumbers() {
    var scope = Scope.root(new Graph(), Mode.EVAL, new Variables()).in("layer4.0").in("blur1");
    var x = scope.graph().input("x", TensorType.f32(1, 2, 2, 4));
    assertThatThrownBy(() -> blur(5, Boundary.REFLECT).build(scope, x))
        .isInstanceOf(ShapeException.class)
        .hasMessageContaining("layer4.0.blur1")
        .hasMessageContaining("reflect padding must be smaller than the map")
        .hasMessageContaining("height is 2, the padding 2")
        .hasMessageContaining("fewer taps");
    assertThat(blur(5, Boundary.REPLICATE).build(scope, x).shape()).isEqualTo(Shape.of(1, 1, 1, 4));
  }

  private static boolean near(double a, double b) {
    return Math.abs(a - b) < 1e-12;
  }

  private static HostTensor random(Integer... dims) {
    var shape = Shape.of(dims);
    var random = new Random(1);
    return HostTensor.of(shape, random.doubles(shape.size()).toArray());
  }

  /// y[i, j] = x[i - by, j - by], around.
  private static HostTensor shifted(HostTensor x, int by) {
    var y = HostTensor.allocate(x.type());
    int h = x.shape().h();
    int w = x.shape().w();
    int c = x.shape().c();
    for (int i = 0; i < h; i++) {
      for (int j = 0; j < w; j++) {
        for (int k = 0; k < c; k++) {
          int from = Math.floorMod(i - by, h) * w + Math.floorMod(j - by, w);
          y.set((long) (i * w + j) * c + k, x.get((long) from * c + k));
        }
      }
    }
    return y;
  }

  private static HostTensor transposed(HostTensor x) {
    int h = x.shape().h();
    int w = x.shape().w();
    int c = x.shape().c();
    var y = HostTensor.allocate(x.type().withShape(Shape.of(1, w, h, c)));
    for (int i = 0; i < h * w * c; i++) {
      int row = i / c / w;
      int column = i / c % w;
      y.set((long) (column * h + row) * c + i % c, x.get(i));
    }
    return y;
  }
}
