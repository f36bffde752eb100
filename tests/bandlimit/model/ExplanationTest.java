package bandlimit.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import bandlimit.model.Explanation.Row;
import bandlimit.nn.Antialias;
import bandlimit.tensor.Shape;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ExplanationTest {
  private static Row row(Explanation explanation, String path) {
    return explanation.rows().stream()
        .filter(row -> row.path().equals(path))
        .findFirst()
        .orElseThrow(() -> new AssertionError("no row " + path));
  }

  @ParameterizedTest
  @CsvSource({ // torchvision's GFLOPs, which count multiply-accumulates
    "resnet18, 1.81",
    "resnet34, 3.66",
    "resnet50, 4.09",
    "resnet101, 7.80",
    "vgg11, 7.61",
    "vgg16_bn, 15.47"
  })
  void multipliesAreThePublishedOnes(String name, double giga) {
    var explained = Explanation.of(Models.entry(name).published());
    assertThat(explained.macs() / 1e9).isCloseTo(giga, within(0.01));
  }

  @Test
  void aLayersRowHasShapeParametersAndCost() {
    var explained = Explanation.of(Models.entry("resnet20").published());
    var conv = row(explained, "layer2.0.conv1");
    assertThat(conv.op()).isEqualTo("Conv2d 3x3 stride 2 pad 1");
    assertThat(conv.output()).isEqualTo(Shape.of(16, 16, 32));
    assertThat(conv.parameters()).isEqualTo(32 * 9 * 16);
    assertThat(conv.macs()).isEqualTo(16 * 16 * 32 * 9 * 16);
    assertThat(conv.bytes()).isEqualTo(16 * 16 * 32 * 4);
    assertThat(conv.notes()).isEmpty();
    assertThat(row(explained, "bn1").parameters()).isEqualTo(32); // not the running statistics
    assertThat(explained.parameters()).isEqualTo(269_722);
  }

  @Test
  void whatAntialiasingChangedIsNotedAtTheLayer() {
    var spec = Models.entry("resnet18").published().withAntialias(new Antialias.Lowpass());
    var explained = Explanation.of(spec);
    assertThat(row(explained, "conv1").notes().getFirst()).contains("stride 2 kept");
    assertThat(row(explained, "maxpool").notes().getFirst()).contains("maximum at every position");
    assertThat(row(explained, "layer2.0.conv1").notes().getFirst())
        .contains("the blur that follows");
    assertThat(row(explained, "layer2.0.downsample.0").notes().getFirst())
        .contains("the blur first");
    assertThat(row(explained, "layer2.1.conv1").notes()).isEmpty();
    assertThat(row(explained, "layer2.0.blur1").op())
        .isEqualTo("Pad reflect 1 2 1 2, Resample 4 taps down 2");
    // 4 taps on 28 of 56 rows, then on 28 of 56 columns, 128 channels
    assertThat(row(explained, "layer2.0.blur1").macs()).isEqualTo(128L * 4 * (28 * 59 + 28 * 28));
  }

  @Test
  void aBlurLeftOutIsNotedAtItsPool() {
    var spec = Models.entry("vgg13_bn_cifar").published().withAntialias(new Antialias.Lowpass(3));
    assertThat(row(Explanation.of(spec), "features.34").notes())
        .anyMatch(note -> note.contains("1x1"));
  }
}
