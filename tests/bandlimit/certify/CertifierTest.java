package bandlimit.certify;

import static org.assertj.core.api.Assertions.assertThat;

import bandlimit.backend.Backend;
import bandlimit.backend.reference.ReferenceBackend;
import bandlimit.data.Normalization;
import bandlimit.nn.Layer;
import bandlimit.tensor.Shape;
import bandlimit.tensor.TensorType;
import java.util.List;
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

  @ParameterizedTest
  @EnumSource
  void aFlawIsMeasured(Nets.Flaw flaw) {
    try (var reference = new ReferenceBackend()) {
      var certificate = certify(reference, Nets.aliasFree(List.of(flaw)), 12, 12, true);
      assertThat(certificate.worst()).isGreaterThan(1e-3);
      assertThat(certificate.contradictions()).isEmpty();
    }
  }
}
