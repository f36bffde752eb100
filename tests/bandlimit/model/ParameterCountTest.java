package bandlimit.model;

import static org.assertj.core.api.Assertions.assertThat;

import bandlimit.nn.Antialias;
import bandlimit.nn.Mode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Published counts: torchvision's, and He et al.'s for CIFAR.
class ParameterCountTest {
  @ParameterizedTest
  @CsvSource({
    "resnet20, 269722",
    "resnet32, 464154",
    "resnet44, 658586",
    "resnet56, 853018",
    "resnet18, 11689512",
    "resnet34, 21797672",
    "resnet50, 25557032",
    "resnet101, 44549160",
    "resnet18_cifar, 11173962",
    "vgg11, 132863336",
    "vgg13, 133047848",
    "vgg16, 138357544",
    "vgg19, 143667240",
    "vgg11_bn, 132868840",
    "vgg13_bn, 133053736",
    "vgg16_bn, 138365992",
    "vgg19_bn, 143678248",
    "vgg13_bn_cifar, 9416010",
    "smallcnn, 40378",
    "conv1d_ppg, 147473",
    "conv1d_eeg, 311470",
    "conv1d_acc, 240010",
    "conv1d_beats, 17218"
  })
  void isThePublishedOneWithAndWithoutBlur(String name, long count) {
    var published = Models.entry(name).published();
    assertThat(Built.of(published, 1, Mode.EVAL).variables().parameterCount()).isEqualTo(count);
    var blurred = published.withAntialias(new Antialias.Lowpass());
    assertThat(Built.of(blurred, 1, Mode.EVAL).variables().parameterCount()).isEqualTo(count);
  }
}
