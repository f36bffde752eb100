package bandlimit.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/// `explain` and `models`, which run nothing.
class ExplainTest {
  private static final String CONFIG =
      """
      model: {name: smallcnn, antialias: {kind: lowpass, taps: 3}}
      data: {name: shapes, batch_size: 16}
      train: {epochs: 2}
      variants:
        - name: plain
          set: {model.antialias: {kind: none}}
        - name: bin3
          set: {}
      """;

  @TempDir private Path folder;
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int run(String... args) {
    CommandLine line = Main.commandLine();
    line.setOut(new PrintWriter(out));
    line.setErr(new PrintWriter(err));
    return Main.run(line, args);
  }

  private int explain(String text, String... options) throws java.io.IOException {
    var file = Files.writeString(folder.resolve("config.yaml"), text);
    var args = new ArrayList<>(List.of("explain", file.toString()));
    args.addAll(List.of(options));
    return run(args.toArray(String[]::new));
  }

  @Test
  void everyVariantIsExplained() throws Exception {
    assertThat(explain(CONFIG)).isZero();
    String[] parts = out.toString().split("== variant ");
    assertThat(parts).hasSize(3);
    assertThat(parts[1])
        .startsWith("plain")
        .contains("anti-aliasing: none")
        .contains("Conv2d 3x3 stride 2 pad 1")
        .contains("40,378 parameters")
        .doesNotContain("> stride");
    assertThat(parts[2])
        .startsWith("bin3")
        .contains("low-pass of 3 taps, reflect padding, at conv, pool, shortcut")
        .contains("> stride 2 -> 1: the blur that follows")
        .contains("without anti-aliasing: 1.29 M multiply-accumulates (+125.0% now)")
        .containsPattern("plan train +\\d+ steps")
        .containsPattern("plan infer +\\d+ steps")
        .containsPattern("memory: arena \\S+ MiB")
        .doesNotContain("Conv2dWeightGrad");
  }

  @Test
  void thePlanIsPrintedOnRequest() throws Exception {
    assertThat(explain(CONFIG, "--plan", "--set", "variants=[]")).isZero();
    assertThat(out.toString()).contains("Conv2dWeightGrad stride 1 pad 1").contains("SgdMomentum");
  }

  @Test
  void aSampleSizeCanStandInForTheData() throws Exception {
    String imagenet = "model: {name: resnet50}\ndata: {name: shapes}\ntrain: {epochs: 1}\n";
    assertThat(explain(imagenet, "--input", "224x224", "--classes", "1000")).isZero();
    assertThat(out.toString()).contains("25,557,032 parameters").contains("4.09 G");
    assertThat(explain(imagenet, "--input", "224x224")).isEqualTo(2);
    assertThat(explain(imagenet, "--input", "big", "--classes", "10")).isEqualTo(2);
  }

  @Test
  void whatCannotBeBuiltIsOneLineAndCode3() throws Exception {
    String vgg =
        "model: {name: vgg13_bn_cifar, antialias: {kind: lowpass, taps: 7}}\n"
            + "data: {name: shapes}\ntrain: {epochs: 1}\n";
    assertThat(explain(vgg)).isEqualTo(3);
    assertThat(err.toString())
        .startsWith("error: features.27.blur/pad: reflect padding must be smaller than the map")
        .hasLineCount(1);
  }

  @Test
  void anUnknownModelIsNamedWithTheNearest() throws Exception {
    assertThat(explain("model: {name: resnet21}\ndata: {name: shapes}\ntrain: {epochs: 1}\n"))
        .isEqualTo(3);
    assertThat(err.toString()).contains("resnet21").contains("resnet20");
  }

  @Test
  void theZooIsListedWithItsCosts() {
    assertThat(run("models")).isZero();
    assertThat(out.toString())
        .containsPattern("resnet50 +224x224 +25,557,032 +4.09 G")
        .containsPattern("vgg13_bn_cifar +32x32 +9,416,010");
  }

  @Test
  void theZooAtAnotherSizeSaysWhatDoesNotFit() {
    assertThat(run("models", "--input", "64x64")).isZero();
    assertThat(out.toString())
        .containsPattern("resnet18 +64x64 +11,689,512")
        .containsPattern("vgg16 +64x64 +- +- +avgpool: .*7x7");
  }
}
