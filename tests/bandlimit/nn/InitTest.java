package bandlimit.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import bandlimit.graph.Graph;
import bandlimit.tensor.Shape;
import bandlimit.tensor.TensorType;
import java.util.Arrays;
import java.util.List;
import org.apache.commons.math3.stat.StatUtils;
import org.junit.jupiter.api.Test;

class InitTest {
  private static final Shape CONV = Shape.of(64, 3, 3, 32);

  private static double[] start(Init init, Shape shape, long seed, String path) {
    var type = new TensorType(bandlimit.tensor.DType.F32, shape);
    return new Variable(path, type, init, true, true, Layout.PLAIN).initial(seed).toDoubles();
  }

  @Test
  void gaussiansHaveTheDeviationOfTheirFan() {
    double[] out = start(new Init.KaimingNormal(Init.Fan.OUT), CONV, 0, "w");
    assertThat(deviation(out)).isCloseTo(Math.sqrt(2.0 / (64 * 9)), within(0.01 * deviation(out)));
    double[] in = start(new Init.KaimingNormal(Init.Fan.IN), CONV, 0, "w");
    assertThat(deviation(in)).isCloseTo(Math.sqrt(2.0 / (32 * 9)), within(0.01 * deviation(in)));
    double[] normal = start(new Init.Normal(0.01), CONV, 0, "w");
    assertThat(deviation(normal)).isCloseTo(0.01, within(1e-4));
    assertThat(StatUtils.mean(normal)).isCloseTo(0, within(4 * 0.01 / Math.sqrt(normal.length)));
    double kurtosis = Arrays.stream(normal).map(v -> Math.pow(v / 0.01, 4)).average().orElseThrow();
    assertThat(kurtosis).isCloseTo(3, within(0.2));
  }

  @Test
  void theTorchDefaultIsUniformWithinOneOverTheRootOfFanIn() {
    double[] w = start(Init.TORCH, Shape.of(100, 64), 0, "w");
    assertThat(StatUtils.max(w)).isLessThanOrEqualTo(0.125).isGreaterThan(0.1245);
    assertThat(StatUtils.min(w)).isGreaterThanOrEqualTo(-0.125).isLessThan(-0.1245);
    assertThat(deviation(w)).isCloseTo(0.125 / Math.sqrt(3), within(1e-3));
  }

  @Test
  void aStartDependsOnSeedAndPathAlone() {
    double[] once = start(Init.TORCH, CONV, 7, "a.weight");
    assertThat(start(Init.TORCH, CONV, 7, "a.weight")).isEqualTo(once);
    assertThat(start(Init.TORCH, CONV, 8, "a.weight")).isNotEqualTo(once);
    assertThat(start(Init.TORCH, CONV, 7, "b.weight")).isNotEqualTo(once);
  }

  @Test
  void pathsAndSeedsAreUncorrelated() {
    double[] a = start(new Init.Normal(1), CONV, 0, "layer1.0.conv1.weight");
    for (double[] b :
        List.of(
            start(new Init.Normal(1), CONV, 1, "layer1.0.conv1.weight"),
            start(new Init.Normal(1), CONV, 0, "layer1.0.conv2.weight"))) {
      double dot = 0;
      for (int i = 0; i < a.length; i++) {
        dot += a[i] * b[i];
      }
      assertThat(dot / a.length).isCloseTo(0, within(4 / Math.sqrt(a.length)));
    }
  }

  @Test
  void theSameBitsAsEver() { // a change here changes every recorded run
    double[] w = start(new Init.Normal(1), Shape.of(4), 42, "fc.weight");
    assertThat(w)
        .containsExactly(
            0.24509716033935547, 1.1049494743347168, -0.1846914291381836, 1.0816991329193115);
  }

  @Test
  void constantsFillRunsOrRepeat() {
    var shape = Shape.of(2, 3);
    assertThat(start(new Init.Constant(List.of(0.0, 1.0)), shape, 0, "s"))
        .containsExactly(0, 0, 0, 1, 1, 1);
    assertThat(start(new Init.Periodic(List.of(0.0, 1.0, 2.0)), shape, 0, "s"))
        .containsExactly(0, 1, 2, 0, 1, 2);
  }

  @Test
  void aVariableDeclaredTwiceMustAgree() {
    var variables = new Variables();
    var train = Scope.root(new Graph(), Mode.TRAIN, variables);
    train.parameter("w", Shape.of(3), Init.ZEROS, true);
    var eval = Scope.root(new Graph(), Mode.EVAL, variables, "ema/");
    var node = eval.parameter("w", Shape.of(3), Init.ZEROS, true);
    assertThat(node.path()).isEqualTo("ema/w");
    assertThat(variables.byPath().keySet()).containsExactly("w");
    assertThatThrownBy(() -> eval.parameter("w", Shape.of(4), Init.ZEROS, true))
        .hasMessageContaining("w is declared twice");
  }

  private static double deviation(double[] values) {
    return Math.sqrt(StatUtils.populationVariance(values));
  }
}
