package bandlimit.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import bandlimit.backend.cpu.CpuBackend;
import bandlimit.backend.reference.ReferenceBackend;
import bandlimit.error.ConfigException;
import bandlimit.error.ShapeException;
import bandlimit.nn.Antialias;
import bandlimit.nn.FilteredPolynomial.Oversample;
import bandlimit.nn.Invariance;
import bandlimit.nn.Layer;
import bandlimit.nn.Nonlinearity;
import bandlimit.nn.Norm;
import bandlimit.signal.Boundary;
import bandlimit.tensor.HostTensor;
import bandlimit.tensor.Shape;
import java.util.List;
import java.util.Random;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What the alias-free and the adaptive networks promise, of networks of the zoo's anatomy.
///
/// Layer scales and the stem's gain start at 1: at the published 1e-6 and 0 no activation would
/// show.
class AliasFreeModelsTest {
  private static final List<double[]> WHOLE =
      List.of(new double[] {1, 0}, new double[] {0, 1}, new double[] {3, 5}, new double[] {2, 7});
  private static final List<double[]> HALF = List.of(new double[] {0.5, 0.5});

  private static ModelSpec spec(Antialias antialias) {
    return ModelSpec.of("convnext_cifar", 5, Shape.of(32, 32, 3))
        .withAntialias(antialias)
        .withLayerScale(1);
  }

  private static ModelSpec aliasFree() {
    return spec(new Antialias.Ideal()).withNorm(Norm.ALIAS_FREE).withActivation(activation());
  }

  private static Nonlinearity.FilteredPolynomial activation() {
    // gain 7 * 7 would make of the logits' differences what float32 makes of their squares
    return new Nonlinearity.FilteredPolynomial(2, 1.5, 1.25, true, true, Oversample.MINIMAL);
  }

  private static Layer convnext(ModelSpec spec, int patch) {
    return new ConvNeXt(spec, List.of(1, 1), List.of(6, 8), patch);
  }

  private static Layer convnext(ModelSpec spec) {
    return convnext(spec, 2);
  }

  private static HostTensor image(int h, int w) {
    return HostTensor.of(Shape.of(1, h, w, 3), new Random(h).doubles(h * w * 3L, -1, 1).toArray());
  }

  @ParameterizedTest
  @CsvSource({"28, 28, 2", "32, 32, 4", "35, 35, 2", "56, 40, 4"})
  void nothingChangesInDouble(int h, int w, int patch) {
    try (var reference = new ReferenceBackend()) {
      var network = convnext(aliasFree(), patch);
      assertThat(Invariance.change(reference, network, h, w)).isLessThan(1e-12);
    }
  }

  @ParameterizedTest
  @CsvSource({"28, 28, 2", "32, 32, 4", "35, 35, 2", "56, 40, 4"})
  void nothingChangesInFloat32ButRounding(int h, int w, int patch) {
    try (var cpu = new CpuBackend()) {
      var network = convnext(aliasFree(), patch);
      assertThat(Invariance.change(cpu, network, h, w)).isLessThan(1e-5);
    }
  }

  @Test
  void theSmallResidualNetworkIsAliasFreeToo() {
    var spec =
        ModelSpec.of("resnet8", 5, Shape.of(16, 16, 3))
            .withAntialias(new Antialias.Ideal())
            .withActivation(activation());
    try (var cpu = new CpuBackend()) {
      assertThat(Invariance.change(cpu, new CifarResNet(spec, 1), 16, 16)).isLessThan(1e-5);
      var relu = spec.withActivation(Nonlinearity.RELU);
      assertThat(Invariance.change(cpu, new CifarResNet(relu, 1), 16, 16)).isGreaterThan(1e-3);
    }
  }

  /// What would end the promise, one at a time.
  enum Flaw {
    GELU(s -> s.withActivation(Nonlinearity.GELU)),
    POLYNOMIAL_WITHOUT_A_FINER_GRID(
        s -> s.withActivation(new Nonlinearity.Polynomial(2, 1.5, 1.25, true, true))),
    LAYER_NORM_OF_EACH_PIXEL(s -> s.withNorm(Norm.LAYER)),
    ZERO_PADDING(s -> s.withPadding(Boundary.ZERO)),
    STRIDES(s -> s.withAntialias(Antialias.NONE).withPadding(Boundary.CIRCULAR));

    private final UnaryOperator<ModelSpec> change;

    Flaw(UnaryOperator<ModelSpec> change) {
      this.change = change;
    }
  }

  @ParameterizedTest
  @EnumSource
  void oneFlawIsSeen(Flaw flaw) {
    try (var reference = new ReferenceBackend()) {
      var network = convnext(flaw.change.apply(aliasFree()));
      assertThat(Invariance.change(reference, network, 32, 32)).isGreaterThan(1e-3);
    }
  }

  /// The linear maps that were moved past others, and the smaller grid: the same function as
  /// published, from the same weights.
  @ParameterizedTest
  @CsvSource({"32, 32, 4", "28, 36, 2", "35, 35, 2", "36, 40, 4"})
  void oursEqualsThePublishedOrder(int h, int w, int patch) {
    try (var reference = new ReferenceBackend();
        var cpu = new CpuBackend()) {
      var published = new PublishedConvNeXt(List.of(1, 1), List.of(6, 8), patch, activation());
      var expected = Invariance.run(reference, published, image(h, w));
      var ours = convnext(aliasFree(), patch);
      same(Invariance.run(reference, ours, image(h, w)), expected, 1e-12);
      same(Invariance.run(cpu, ours, image(h, w)), expected, 1e-5);
    }
  }

  private static void same(double[] a, double[] b, double share) {
    double size = 0;
    for (double value : b) {
      size = Math.max(size, Math.abs(value));
    }
    for (int i = 0; i < b.length; i++) {
      assertThat(a[i]).isCloseTo(b[i], within(share * size));
    }
  }

  /// Whole pixels, any number of them; not halves, and not with zeros beyond the edge.
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void adaptiveSamplingKeepsWholePixels(boolean learned) {
    for (int taps : List.of(1, 3)) {
      var spec = spec(learned ? new Antialias.Lps(taps, 1, 1, 1) : new Antialias.Aps(taps));
      try (var reference = new ReferenceBackend()) {
        assertThat(Invariance.change(reference, convnext(spec), 24, 32, WHOLE)).isLessThan(1e-12);
        assertThat(Invariance.change(reference, convnext(spec), 24, 32, HALF)).isGreaterThan(1e-3);
        var zeros = convnext(spec.withPadding(Boundary.ZERO));
        assertThat(Invariance.change(reference, zeros, 24, 32, WHOLE)).isGreaterThan(1e-3);
        var resnet =
            ModelSpec.of("resnet8", 5, Shape.of(16, 16, 3)).withAntialias(spec.antialias());
        assertThat(Invariance.change(reference, new CifarResNet(resnet, 1), 16, 16, WHOLE))
            .isLessThan(1e-12);
      }
    }
  }

  @Test
  void adaptiveSamplingOfAnOddMapIsRefused() {
    try (var reference = new ReferenceBackend()) {
      var network = convnext(spec(new Antialias.Aps(1)));
      assertThatThrownBy(() -> Invariance.run(reference, network, image(30, 30)))
          .isInstanceOf(ShapeException.class)
          .hasMessageContaining("15x15")
          .hasMessageContaining("antialias.kind: ideal");
    }
  }

  @Test
  void aFactorThatTheNetworkHasNotIsRefused() {
    var spec = ModelSpec.of("resnet20", 10, Shape.of(32, 32, 3)).withLayerScale(1);
    assertThatThrownBy(() -> Models.create(spec))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("resnet20 has no layer scale");
    var norm = ModelSpec.of("vgg16", 10, Shape.of(224, 224, 3)).withNorm(Norm.LAYER);
    assertThatThrownBy(() -> Explanation.of(Models.create(norm), norm.input()))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("vgg16 has no normalisation");
  }

  /// The published sizes (Liu et al. 2022), with and without the numbers of the activations.
  @Test
  void asManyParametersAsPublished() {
    var input = Shape.of(224, 224, 3);
    var plain = ModelSpec.of("convnext_tiny", 1000, input);
    assertThat(Explanation.of(plain).parameters()).isEqualTo(28_589_128);
    var free =
        plain
            .withAntialias(new Antialias.Ideal())
            .withNorm(Norm.ALIAS_FREE)
            .withActivation(new Nonlinearity.FilteredPolynomial());
    assertThat(Explanation.of(free).parameters() - 28_589_128).isBetween(79_000L, 80_000L);
    assertThat(Explanation.of(ModelSpec.of("convnext_cifar", 10, Shape.of(32, 32, 3))).parameters())
        .isLessThan(1_000_000);
  }
}
