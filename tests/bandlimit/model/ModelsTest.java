package bandlimit.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bandlimit.error.ConfigException;
import bandlimit.error.ShapeException;
import bandlimit.graph.op.Dropout;
import bandlimit.nn.Antialias;
import bandlimit.nn.BatchNorm;
import bandlimit.nn.Conv;
import bandlimit.nn.GlobalAvgPool;
import bandlimit.nn.Layout;
import bandlimit.nn.Linear;
import bandlimit.nn.Mode;
import bandlimit.nn.Sequential;
import bandlimit.nn.Variable;
import bandlimit.tensor.Shape;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ModelsTest {
  static List<Models.Entry> zoo() {
    return Models.all();
  }

  @Test
  void theZooHasTheNetworksAskedFor() {
    assertThat(Models.names()).contains("smallcnn");
    for (int depth : List.of(20, 32, 44, 56, 18, 34, 50, 101)) {
      assertThat(Models.names()).contains("resnet" + depth);
    }
    for (int depth : List.of(11, 13, 16, 19)) {
      String name = "vgg" + depth;
      assertThat(Models.names()).contains(name, name + "_bn", name + "_cifar", name + "_bn_cifar");
    }
  }

  static List<Models.Entry> images() {
    return zoo().stream().filter(entry -> entry.input().at(0) > 1).toList();
  }

  @ParameterizedTest
  @MethodSource("images")
  void everyNetworkMapsImagesToLogits(Models.Entry entry) {
    boolean head = entry.name().startsWith("vgg") && !entry.name().endsWith("_cifar");
    var sizes =
        head
            ? List.of(Shape.of(224, 224, 3), Shape.of(225, 255, 3), Shape.of(448, 224, 3))
            : List.of(Shape.of(32, 32, 3), Shape.of(33, 33, 1), Shape.of(64, 48, 3));
    for (Shape size : sizes) {
      for (Antialias antialias : List.of(Antialias.NONE, new Antialias.Lowpass(2))) {
        var spec = ModelSpec.of(entry.name(), 7, size).withAntialias(antialias);
        assertThat(Built.of(spec, 2, Mode.TRAIN).logits().shape()).isEqualTo(Shape.of(2, 7));
        assertThat(Built.of(spec, 3, Mode.EVAL).logits().shape()).isEqualTo(Shape.of(3, 7));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("zoo")
  void bothModesAndAllFiltersHaveTheSameVariables(Models.Entry entry) {
    var spec = entry.published();
    var train = Built.of(spec, 2, Mode.TRAIN).variables().byPath();
    assertThat(Built.of(spec, 1, Mode.EVAL).variables().byPath()).isEqualTo(train);
    var blurred = spec.withAntialias(new Antialias.Lowpass(3));
    assertThat(Built.of(blurred, 1, Mode.EVAL).variables().byPath()).isEqualTo(train);
  }

  @Test
  void oddImagesKeepThePublishedSizes() {
    var spec = ModelSpec.of("resnet18", 10, Shape.of(225, 225, 3));
    var plain = Built.of(spec);
    var blurred = Built.of(spec.withAntialias(new Antialias.Lowpass()));
    assertThat(plain.node("conv1").shape().h()).isEqualTo(113);
    assertThat(plain.node("maxpool").shape().h()).isEqualTo(57);
    assertThat(blurred.node("maxpool.blur").shape().h()).isEqualTo(56);
    assertThat(plain.node("layer4.1.relu").shape()).isEqualTo(Shape.of(2, 8, 8, 512));
    assertThat(blurred.node("layer4.1.relu").shape()).isEqualTo(Shape.of(2, 7, 7, 512));
  }

  @Test
  void aSignalIsAnImageOfHeightOne() {
    for (String name : List.of("smallcnn", "resnet20", "resnet18_cifar")) {
      for (Antialias antialias : List.of(Antialias.NONE, new Antialias.Lowpass(5))) {
        var spec = ModelSpec.of(name, 4, Shape.of(1, 256, 2)).withAntialias(antialias);
        assertThat(Built.of(spec).logits().shape()).isEqualTo(Shape.of(2, 4));
      }
    }
  }

  /// torchvision's state_dict of resnet18, by its rule.
  @Test
  void namesInFilesAreTorchvisions() {
    var expected = new ArrayList<String>();
    expected.add("conv1.weight");
    norm(expected, "bn1");
    for (int stage = 1; stage <= 4; stage++) {
      for (int block = 0; block < 2; block++) {
        String path = "layer%d.%d.".formatted(stage, block);
        for (int i = 1; i <= 2; i++) {
          expected.add(path + "conv" + i + ".weight");
          norm(expected, path + "bn" + i);
        }
        if (stage > 1 && block == 0) {
          expected.add(path + "downsample.0.weight");
          norm(expected, path + "downsample.1");
        }
      }
    }
    expected.add("fc.weight");
    expected.add("fc.bias");
    var spec = Models.entry("resnet18").published();
    assertThat(fileNames(spec)).containsExactlyElementsOf(expected);
    assertThat(fileNames(spec.withAntialias(new Antialias.Lowpass())))
        .containsExactlyElementsOf(expected);
  }

  private static void norm(List<String> names, String path) {
    for (String part : List.of("weight", "bias", "running_mean", "running_var")) {
      names.add(path + "." + part);
    }
  }

  private static List<String> fileNames(ModelSpec spec) {
    return Built.of(spec).variables().all().stream()
        .flatMap(v -> v.layout().fileShapes(v.path(), v.type().shape()).keySet().stream())
        .toList();
  }

  @Test
  void vggNamesCountEveryModule() {
    var names = fileNames(Models.entry("vgg11_bn").published());
    assertThat(names)
        .contains("features.0.weight", "features.0.bias", "features.1.running_var")
        .contains("features.4.weight", "features.8.weight", "features.25.weight")
        .contains("classifier.0.weight", "classifier.3.bias", "classifier.6.weight")
        .doesNotContain("features.2.weight", "features.3.weight", "classifier.1.weight");
  }

  @Test
  void onlyWeightsDecay() {
    for (Variable v : Built.of(Models.entry("vgg11_bn").published()).variables().all()) {
      boolean weight = v.layout() == Layout.CONV_WEIGHT || v.type().shape().rank() == 2;
      assertThat(v.decay()).as(v.path()).isEqualTo(weight && v.trainable());
    }
  }

  @Test
  void dropoutIsAsPublishedUnlessTold() {
    var vgg = Models.entry("vgg11").published();
    assertThat(Built.of(vgg).nodes(Dropout.class))
        .extracting(node -> ((Dropout) node.op()).rate())
        .containsExactly(0.5, 0.5);
    assertThat(Built.of(vgg.withDropout(0)).nodes(Dropout.class)).isEmpty();
    assertThat(Built.of(vgg, 1, Mode.EVAL).nodes(Dropout.class)).isEmpty();
    var resnet = Models.entry("resnet20").published();
    assertThat(Built.of(resnet).nodes(Dropout.class)).isEmpty();
    assertThat(Built.of(resnet.withDropout(0.1)).nodes(Dropout.class)).hasSize(1);
  }

  @Test
  void dropPathRisesToTheLastBlock() {
    var built = Built.of(Models.entry("resnet20").published().withDropPath(0.2));
    var rates =
        built.nodes(Dropout.class).stream().map(node -> ((Dropout) node.op()).rate()).toList();
    assertThat(rates).hasSize(8).isSorted();
    assertThat(rates.getFirst()).isEqualTo(0.2 / 8);
    assertThat(rates.getLast()).isEqualTo(0.2);
    assertThatThrownBy(() -> Models.create(Models.entry("vgg11").published().withDropPath(0.2)))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("model.drop_path is 0.2")
        .hasMessageContaining("vgg11");
  }

  @Test
  void anUnknownNameGetsTheNearestOne() {
    assertThatThrownBy(() -> Models.entry("resnt18"))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("unknown model \"resnt18\": did you mean \"resnet18\"?")
        .hasMessageContaining("vgg13_bn_cifar");
    assertThatThrownBy(() -> Models.entry("transformer"))
        .isInstanceOf(ConfigException.class)
        .hasMessageNotContaining("did you mean");
  }

  @Test
  void impossibleSpecsAreRefused() {
    var input = Shape.of(32, 32, 3);
    assertThatThrownBy(() -> ModelSpec.of("resnet20", 0, input)).hasMessageContaining("got 0");
    assertThatThrownBy(() -> ModelSpec.of("resnet20", 10, Shape.of(32, 32)))
        .hasMessageContaining("(H, W, C)");
    assertThatThrownBy(() -> ModelSpec.of("resnet20", 10, input).withDropout(1))
        .hasMessageContaining("model.dropout");
    assertThatThrownBy(() -> Built.of(ModelSpec.of("vgg16", 10, input)))
        .isInstanceOf(ShapeException.class)
        .hasMessageContaining("avgpool")
        .hasMessageContaining("1x1")
        .hasMessageContaining("_cifar");
    assertThatThrownBy(() -> Built.of(ModelSpec.of("vgg13_bn_cifar", 10, Shape.of(16, 16, 3))))
        .isInstanceOf(ShapeException.class)
        .hasMessageContaining("features.34: height is 1");
  }

  @Test
  void aNetworkOfYourOwnCanBeNamed() {
    Models.register(
        new Models.Entry(
            "models-test-net",
            "a test's",
            Shape.of(8, 8, 1),
            3,
            spec ->
                Sequential.of(
                    Conv.of(4, 3, 1, 1),
                    new BatchNorm(),
                    new GlobalAvgPool(),
                    new Linear(spec.numClasses()))));
    var spec = ModelSpec.of("models-test-net", 5, Shape.of(8, 8, 1));
    assertThat(Built.of(spec).logits().shape()).isEqualTo(Shape.of(2, 5));
    assertThatThrownBy(() -> Models.register(Models.entry("resnet18")))
        .hasMessageContaining("resnet18");
  }
}
