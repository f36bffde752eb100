package bandlimit.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bandlimit.error.ShapeException;
import bandlimit.graph.Node;
import bandlimit.graph.op.Conv2d;
import bandlimit.graph.op.Fn;
import bandlimit.graph.op.MaxPool;
import bandlimit.graph.op.Pad;
import bandlimit.graph.op.Pointwise;
import bandlimit.graph.op.Resample;
import bandlimit.nn.Antialias;
import bandlimit.nn.Antialias.Lowpass;
import bandlimit.nn.Antialias.Where;
import bandlimit.signal.Boundary;
import bandlimit.tensor.Shape;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Where the blurs sit: the rules of Zhang (2019) and its published code.
class PlacementTest {
  private static final Antialias PUBLISHED = new Lowpass();

  private static Built blurred(String name) {
    return Built.of(Models.entry(name).published().withAntialias(PUBLISHED));
  }

  private static Built plain(String name) {
    return Built.of(Models.entry(name).published());
  }

  /// Through paddings, to what the value was computed by.
  private static Node source(Node node) {
    return node.op() instanceof Pad ? source(node.input(0)) : node;
  }

  static List<String> names() {
    return List.of("smallcnn", "resnet20", "resnet18_cifar", "resnet18", "resnet50", "vgg16_bn");
  }

  @ParameterizedTest
  @MethodSource("names")
  void withoutAntialiasingNothingIsBlurred(String name) {
    var built = plain(name);
    assertThat(built.blurs()).isEmpty();
    assertThat(built.nodes(Pad.class)).isEmpty();
    assertThat(built.scope().notes()).isEmpty();
  }

  @ParameterizedTest
  @MethodSource("names")
  void everyBlurTakesTheStrideAfterReluOrMaximumOrOnAShortcut(String name) {
    for (Node blur : blurred(name).nodes(Resample.class)) {
      var op = (Resample) blur.op();
      assertThat(op.rows()).isEqualTo(op.cols());
      assertThat(op.rows().taps()).hasSize(4);
      assertThat(op.rows().down()).isEqualTo(2);
      var from = source(blur.input(0));
      assertThat(from.op() instanceof MaxPool || from.op().equals(new Pointwise(Fn.RELU)))
          .as("%s blurs %s", blur.path(), from)
          .isTrue();
    }
  }

  @ParameterizedTest
  @MethodSource("names")
  void onlyTheStemKeepsAStride(String name) {
    var built = blurred(name);
    boolean stem = name.equals("resnet18") || name.equals("resnet50");
    assertThat(built.stridedConvolutions()).isEqualTo(stem ? List.of("conv1") : List.<String>of());
    assertThat(built.nodes(MaxPool.class))
        .allMatch(node -> node.op().equals(MaxPool.of(2, 1, 0)), "2x2 at stride 1");
  }

  @Test
  void aBasicBlockBlursBeforeItsSecondConvolutionAndOnItsShortcut() {
    var built = blurred("resnet18");
    assertThat(built.blurs())
        .containsExactly(
            "maxpool.blur",
            "layer2.0.blur1",
            "layer2.0.downsample.blur",
            "layer3.0.blur1",
            "layer3.0.downsample.blur",
            "layer4.0.blur1",
            "layer4.0.downsample.blur");
    assertThat(built.node("layer2.0.conv2").input(0).path()).isEqualTo("layer2.0.blur1");
    var onto = built.node("layer2.0.downsample.0");
    assertThat(onto.input(0).path()).isEqualTo("layer2.0.downsample.blur");
    assertThat(source(onto.input(0).input(0)).path()).isEqualTo("layer1.1.relu");
  }

  @Test
  void aBottleneckBlursAfterIts3x3() {
    var built = blurred("resnet50");
    assertThat(built.blurs()).contains("layer2.0.blur2", "layer4.0.downsample.blur").hasSize(7);
    assertThat(built.node("layer2.0.conv3").input(0).path()).isEqualTo("layer2.0.blur2");
    assertThat(source(built.node("layer2.0.blur2").input(0)).path()).isEqualTo("layer2.0.relu2");
    assertThat(built.node("layer1.0.downsample.0").input(0).path()).isEqualTo("maxpool.blur");
  }

  @Test
  void thePlainBottleneckStridesInIts3x3() {
    assertThat(plain("resnet50").stridedConvolutions())
        .containsExactly(
            "conv1",
            "layer2.0.conv2",
            "layer2.0.downsample.0",
            "layer3.0.conv2",
            "layer3.0.downsample.0",
            "layer4.0.conv2",
            "layer4.0.downsample.0");
  }

  @Test
  void theImageNetStemHasThePublishedSizes() {
    var spec = Models.entry("resnet18").published();
    var baseline = Built.of(spec);
    assertThat(baseline.node("maxpool").op()).isEqualTo(MaxPool.of(3, 2, 1));
    assertThat(heights(baseline, "conv1", "maxpool")).containsExactly(112, 56);
    var published = Built.of(spec.withAntialias(PUBLISHED));
    assertThat(heights(published, "conv1", "maxpool", "maxpool.blur"))
        .containsExactly(112, 111, 56);
    var everywhere = new Lowpass(4, Boundary.REFLECT, List.of(Where.values()));
    var full = Built.of(spec.withAntialias(everywhere));
    assertThat(heights(full, "conv1", "blur1", "maxpool", "maxpool.blur"))
        .containsExactly(224, 112, 111, 56);
    assertThat(full.stridedConvolutions()).isEmpty();
  }

  @Test
  void vggHasThePublishedSizes() {
    var built = blurred("vgg11");
    var sizes = new ArrayList<Integer>();
    for (Node pool : built.nodes(MaxPool.class)) {
      sizes.add(pool.shape().h());
      sizes.add(built.node(pool.path() + ".blur").shape().h());
    }
    assertThat(sizes).containsExactly(223, 112, 111, 56, 55, 28, 27, 14, 13, 7);
  }

  private static List<Integer> heights(Built built, String... paths) {
    return List.of(paths).stream().map(path -> built.node(path).shape().h()).toList();
  }

  @Test
  void aCifarShortcutSubsamplesPlainlyOrThroughTheBlur() {
    var plain = plain("resnet20");
    var subsample = (Resample) plain.node("layer2.0.downsample").op();
    assertThat(subsample.rows().taps()).containsExactly(1.0);
    assertThat(subsample.rows().down()).isEqualTo(2);
    assertThat(plain.node("layer2.0.downsample/widen").shape()).isEqualTo(Shape.of(2, 16, 16, 32));
    var blurred = blurred("resnet20");
    assertThat(blurred.blurs())
        .containsExactly(
            "layer2.0.blur1",
            "layer2.0.downsample.blur",
            "layer3.0.blur1",
            "layer3.0.downsample.blur");
    assertThat(blurred.nodes(Resample.class)).hasSize(4);
  }

  @Test
  void eachPlaceCanBeBlurredAlone() {
    var spec = Models.entry("resnet18").published();
    for (Where place : Where.values()) {
      var antialias = new Lowpass(3, Boundary.REFLECT, List.of(place));
      var built = Built.of(spec.withAntialias(antialias));
      var expected =
          switch (place) {
            case CONV -> List.of("layer2.0.blur1", "layer3.0.blur1", "layer4.0.blur1");
            case POOL -> List.of("maxpool.blur");
            case SHORTCUT ->
                List.of(
                    "layer2.0.downsample.blur",
                    "layer3.0.downsample.blur",
                    "layer4.0.downsample.blur");
            case STEM -> List.of("blur1");
          };
      assertThat(built.blurs()).isEqualTo(expected);
      assertThat(built.logits().shape()).isEqualTo(Shape.of(2, 1000));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 3, 4, 5})
  void vgg13OnSmallImagesEndsWithoutItsLastBlur(int taps) {
    var spec = Models.entry("vgg13_bn_cifar").published().withAntialias(new Lowpass(taps));
    var built = Built.of(spec);
    assertThat(built.blurs())
        .containsExactly(
            "features.6.blur", "features.13.blur", "features.20.blur", "features.27.blur");
    assertThat(built.scope().notes())
        .hasEntrySatisfying(
            "features.34.blur", notes -> assertThat(notes.getFirst()).contains("1x1"));
  }

  @Test
  void aFilterTooLongForAMapNamesTheLayerAndTheNumbers() {
    var spec = Models.entry("vgg13_bn_cifar").published().withAntialias(new Lowpass(7));
    assertThatThrownBy(() -> Built.of(spec))
        .isInstanceOf(ShapeException.class)
        .hasMessageContaining("features.27.blur/pad")
        .hasMessageContaining("the height is 3, the padding 3")
        .hasMessageContaining("replicate");
    var replicate = new Lowpass(7, Boundary.REPLICATE, Where.PUBLISHED);
    assertThat(Built.of(spec.withAntialias(replicate)).logits().shape()).isEqualTo(Shape.of(2, 10));
  }

  @Test
  void aStridedConvolutionIsOneAtFullResolutionOtherwiseUnchanged() {
    var plain = plain("resnet20").nodes(Conv2d.class);
    var blurred = blurred("resnet20").nodes(Conv2d.class);
    assertThat(blurred.stream().map(Node::path).toList())
        .isEqualTo(plain.stream().map(Node::path).toList());
    for (int i = 0; i < plain.size(); i++) {
      var a = ((Conv2d) plain.get(i).op()).geometry();
      var b = ((Conv2d) blurred.get(i).op()).geometry();
      assertThat(List.of(b.top(), b.left(), b.groups()))
          .isEqualTo(List.of(a.top(), a.left(), a.groups()));
      assertThat(b.strideH()).isEqualTo(1);
    }
  }
}
