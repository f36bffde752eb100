package bandlimit.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bandlimit.backend.cpu.CpuBackend;
import bandlimit.backend.reference.ReferenceBackend;
import bandlimit.graph.op.ConvGeometry;
import bandlimit.graph.op.Fn;
import bandlimit.nn.FilteredPolynomial.Oversample;
import bandlimit.signal.Boundary;
import bandlimit.tensor.HostTensor;
import bandlimit.tensor.Shape;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Networks of layers that commute with every circular shift have logits that do not change under
/// any, untrained too; with one layer that does not, they do (Michaeli et al. 2023, section 4).
class AliasFreeTest {
  private static final List<Double> GELU =
      List.of(0.0169394634313126, 0.5, 0.3078363963999393); // the published fit

  /// What is wrong with a network.
  enum Flaw {
    GELU,
    LAYER_NORM_OF_EACH_PIXEL,
    ZERO_PADDING,
    NO_OVERSAMPLING,
    NO_FILTER_BEFORE_A_STRIDE
  }

  private static Layer network(Oversample oversample, List<Flaw> flaws) {
    Layer activation =
        flaws.contains(Flaw.GELU)
            ? new Activation(Fn.GELU)
            : flaws.contains(Flaw.NO_OVERSAMPLING)
                ? new PolynomialActivation(GELU, false)
                : new FilteredPolynomial(GELU, oversample);
    Layer norm =
        flaws.contains(Flaw.LAYER_NORM_OF_EACH_PIXEL) ? new LayerNorm(1e-6) : new AliasFreeNorm();
    var boundary = flaws.contains(Flaw.ZERO_PADDING) ? Boundary.ZERO : Boundary.CIRCULAR;
    boolean filtered = !flaws.contains(Flaw.NO_FILTER_BEFORE_A_STRIDE);
    Layer down = filtered ? new IdealDown(2) : (scope, x) -> x;
    return Sequential.of(
        conv(8, boundary, 1),
        norm,
        activation,
        conv(8, boundary, filtered ? 1 : 2),
        down,
        norm,
        activation,
        conv(12, boundary, 1),
        new IdealDown(2),
        norm,
        activation,
        new GlobalAvgPool(),
        new Linear(5));
  }

  private static Conv conv(int out, Boundary boundary, int stride) {
    return Conv.of(out, 3, stride, 1)
        .withGeometry(ConvGeometry.of(stride, 1).withBoundary(boundary));
  }

  @ParameterizedTest
  @CsvSource({"28, 28", "32, 32", "35, 35", "56, 40"})
  void nothingChangesInDouble(int h, int w) {
    try (var reference = new ReferenceBackend()) {
      for (var oversample : Oversample.values()) {
        assertThat(Invariance.change(reference, network(oversample, List.of()), h, w))
            .isLessThan(1e-12);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"28, 28", "32, 32", "35, 35", "56, 40"})
  void nothingChangesInFloat32ButRounding(int h, int w) {
    try (var cpu = new CpuBackend()) {
      for (var oversample : Oversample.values()) {
        assertThat(Invariance.change(cpu, network(oversample, List.of()), h, w)).isLessThan(1e-5);
      }
    }
  }

  /// Both grids are exact, so they are the same function.
  @ParameterizedTest
  @ValueSource(ints = {7, 8, 14, 15})
  void theMinimalGridGivesWhatTwiceGives(int n) {
    var x = HostTensor.of(Shape.of(1, n, n, 4), new Random(n).doubles(n * n * 4L, -1, 1).toArray());
    try (var reference = new ReferenceBackend()) {
      var minimal = Invariance.run(reference, new FilteredPolynomial(GELU, Oversample.MINIMAL), x);
      var twice = Invariance.run(reference, new FilteredPolynomial(GELU, Oversample.TWICE), x);
      for (int i = 0; i < twice.length; i++) {
        assertThat(minimal[i]).isCloseTo(twice[i], org.assertj.core.api.Assertions.within(1e-13));
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void oneFlawIsSeen(Flaw flaw) {
    try (var reference = new ReferenceBackend()) {
      var network = network(Oversample.TWICE, List.of(flaw));
      assertThat(Invariance.change(reference, network, 28, 28)).isGreaterThan(1e-3);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {4, 5})
  void aGridThatAliasesIsRefused(int degree) {
    var start = java.util.Collections.nCopies(degree + 1, 0.1);
    assertThatThrownBy(() -> new FilteredPolynomial(start, Oversample.TWICE))
        .hasMessageContaining("degree " + degree);
  }
}
