package bandlimit.certify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import bandlimit.backend.Backend;
import bandlimit.backend.cpu.CpuBackend;
import bandlimit.backend.reference.ReferenceBackend;
import bandlimit.data.Normalization;
import bandlimit.graph.op.Fn;
import bandlimit.graph.op.Pointwise;
import bandlimit.nn.GlobalAvgPool;
import bandlimit.nn.Layer;
import bandlimit.nn.Sequential;
import bandlimit.tensor.Shape;
import bandlimit.tensor.TensorType;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/// What is measured of networks bears out what follows from their operations.
class CertifierTest {
  static Certificate certify(Backend backend, Layer network, int h, int w, boolean layers) {
    var images = Images.generated(TensorType.f32(h, w, 3), Normalization.uniform(3, 0, 1), 2, 0);
    return Certifier.run(
        network,
        Shape.of(h, w, 3),
        backend,
        Certifier.Weights.initial(7),
        images,
        new Certifier.Options(List.of(Kind.values()), 0, layers),
        (_, _) -> {});
  }

  @ParameterizedTest
  @CsvSource({"12, 12", "15, 15", "20, 12"})
  void anAliasFreeNetworkDoesNotChange(int h, int w) {
    try (var reference = new ReferenceBackend()) {
      var certificate = certify(reference, Nets.aliasFree(List.of()), h, w, h == 12);
      assertThat(certificate.worst()).isLessThan(1e-12);
    }
  }

  /// In float32: rounding is far from what a flaw does.
  @ParameterizedTest
  @EnumSource
  void aFlawIsMeasuredInItsLayer(Nets.Flaw flaw) {
    try (var cpu = new CpuBackend()) {
      var certificate = certify(cpu, Nets.aliasFree(List.of(flaw)), 16, 16, true);
      assertThat(certificate.worst()).isGreaterThan(1e-3);
      assertThat(certificate.contradictions()).isEmpty();
      var first =
          certificate.layers().stream()
              .filter(row -> row.fraction().orElse(0.0) > 1e-3)
              .findFirst()
              .orElseThrow();
      assertThat("net." + first.layer()).isEqualTo(flaw.layer);
      assertThat(first.own()).doesNotContain("every real");
      assertThat(first.folded().orElse(1.0)).isGreaterThan(1e-3);
    }
  }

  /// The square of a cosine of 3 periods on 8 samples is 1/2 and half a cosine of 6 periods, which
  /// folds to 2: a third of the energy.
  @Test
  void foldedEnergyIsWhatFolds() {
    var cosine = new double[8];
    for (int i = 0; i < cosine.length; i++) {
      cosine[i] = Math.cos(2 * Math.PI * 3 * i / 8);
    }
    try (var reference = new ReferenceBackend()) {
      var image = new Images("a cosine", true, List.of(new Field(1, 8, 1, cosine)));
      Layer square =
          Sequential.of(
              (scope, x) -> scope.apply(new Pointwise(Fn.SQUARE), x), new GlobalAvgPool());
      var certificate =
          Certifier.run(
              square,
              Shape.of(1, 8, 1),
              reference,
              Certifier.Weights.initial(0),
              image,
              Certifier.Options.ALL,
              (_, _) -> {});
      assertThat(certificate.structure().guarantee()).isEqualTo("every real circular translation");
      assertThat(certificate.layers().getFirst().folded().orElse(0.0))
          .isCloseTo(1 / 3.0, within(1e-12));
    }
  }
}
