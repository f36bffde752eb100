package bandlimit.certify;

import static org.assertj.core.api.Assertions.assertThat;

import bandlimit.model.ModelSpec;
import bandlimit.model.Models;
import bandlimit.nn.Antialias;
import bandlimit.nn.Nonlinearity;
import bandlimit.nn.Norm;
import bandlimit.signal.Boundary;
import bandlimit.tensor.Shape;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/// What is guaranteed of the networks of the zoo.
class ZooTest {
  static List<String> names() {
    return Models.zoo();
  }

  @ParameterizedTest
  @MethodSource("names")
  void everyNetworkHasAVerdict(String name) {
    var spec = Models.entry(name).published();
    var structure = Certifier.structure(Models.create(spec), spec.input());
    // of a signal one axis is left, and it is a single row
    String expected = spec.input().at(0) > 1 ? "none: zero padding at " : "none";
    assertThat(structure.guarantee()).as(structure.toString()).startsWith(expected);
    assertThat(structure.ends()).extracting(Structure.End::reason).contains("zero padding");
  }

  private static final String REAL = "every real circular translation";
  private static final String INTEGER = "every integer circular translation";

  private static Structure of(String name, int h, int w, Antialias antialias, boolean afc) {
    var spec = ModelSpec.of(name, 10, Shape.of(h, w, 3)).withAntialias(antialias);
    spec = afc ? spec.withActivation(new Nonlinearity.FilteredPolynomial()) : spec;
    spec = afc && name.startsWith("convnext") ? spec.withNorm(Norm.ALIAS_FREE) : spec;
    return Certifier.structure(Models.create(spec), spec.input());
  }

  @ParameterizedTest
  @CsvSource({
    "convnext_cifar, 32, 32",
    "convnext_cifar, 28, 44",
    "convnext_tiny, 224, 224",
    "resnet20, 32, 32",
    "resnet20, 35, 28"
  })
  void aliasFreeNetworksAreGuaranteedEveryRealTranslation(String name, int h, int w) {
    var structure = of(name, h, w, new Antialias.Ideal(), true);
    assertThat(structure.guarantee()).as(structure.toString()).isEqualTo(REAL);
    assertThat(structure.anyImage()).as("the stem drops the Nyquist frequency").isEqualTo(REAL);
  }

  @ParameterizedTest
  @CsvSource({"convnext_cifar", "resnet20", "resnet18_cifar", "vgg11_bn_cifar", "smallcnn"})
  void adaptiveSamplingIsGuaranteedEveryWholeTranslation(String name) {
    for (var antialias : List.of(new Antialias.Aps(1), new Antialias.Aps(3), new Antialias.Lps())) {
      var structure = of(name, 32, 32, antialias, false);
      assertThat(structure.guarantee()).as(structure.toString()).isEqualTo(INTEGER);
    }
  }

  /// What adaptive sampling moves by whole samples, a filtered polynomial moves along.
  @Test
  void adaptiveSamplingGoesWithFilteredPolynomials() {
    var structure = of("convnext_cifar", 32, 32, new Antialias.Aps(1), true);
    assertThat(structure.guarantee()).as(structure.toString()).isEqualTo(INTEGER);
  }

  /// The low-pass alone does not make a strided network whole-pixel proof, but for its stride.
  @Test
  void aCircularBlurIsGuaranteedMultiplesOfTheStride() {
    var spec =
        ModelSpec.of("resnet20", 10, Shape.of(32, 32, 3))
            .withAntialias(new Antialias.Lowpass(3, Boundary.CIRCULAR, Antialias.Where.PUBLISHED))
            .withPadding(Boundary.CIRCULAR);
    var structure = Certifier.structure(Models.create(spec), spec.input());
    assertThat(structure.guarantee()).isEqualTo("integer circular translations, multiples of 4");
    assertThat(structure.ends()).extracting(Structure.End::layer).contains("relu1");
  }
}
