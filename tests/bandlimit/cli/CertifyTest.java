package bandlimit.cli;

import static org.assertj.core.api.Assertions.assertThat;

import bandlimit.certify.Certificate;
import bandlimit.store.Json;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// `certify` of configs and of a run.
class CertifyTest {
  private static final String AFC =
      """
      experiment: tiny
      seed: 2
      device: cpu
      model:
        name: convnext_cifar
        antialias: {kind: ideal}
        activation: {kind: filtered_polynomial}
        norm: alias_free
        layer_scale: 1
      data: {name: shapes, image_size: 32, batch_size: 32, train_size: 32, test_size: 24, workers: 1}
      train: {epochs: 1}
      optimizer: {lr: 0.05}
      schedule: {name: constant}
      shift: {protocols: []}
      """;

  @TempDir static Path folder;
  private static Path config = Path.of("");
  private static Path run = Path.of("");

  private record Said(int code, String out, String err) {}

  @BeforeAll
  static void train() throws IOException {
    config = Files.writeString(folder.resolve("afc.yaml"), AFC);
    Path plain =
        Files.writeString(
            folder.resolve("plain.yaml"),
            AFC.replaceAll("(?s)model:.*\ndata:", "model: {name: smallcnn}\ndata:")
                .replace("size: 32, b", "size: 16, b"));
    Said said =
        run("train", plain.toString(), "--run", "run", "--output-dir", folder.toString(), "-q");
    assertThat(said.code).as(said.err).isZero();
    run = folder.resolve("tiny/run");
  }

  private static Said run(String... args) {
    var out = new StringWriter();
    var err = new StringWriter();
    var line = Main.commandLine(args);
    line.setOut(new PrintWriter(out));
    line.setErr(new PrintWriter(err));
    return new Said(Main.run(line, args), out.toString(), err.toString());
  }

  private static JsonNode json(String text) {
    return Json.parse(
        text.getBytes(StandardCharsets.UTF_8), "stdout", bandlimit.error.DataException::new);
  }

  @Test
  void anAliasFreeConfigMeetsTheRequirement() {
    Said said =
        run(
            "certify",
            config.toString(),
            "--require",
            "1e-5",
            "--no-layers",
            "--limit",
            "4",
            "--json");
    assertThat(said.code).as(said.err).isZero();
    JsonNode found = json(said.out);
    assertThat(found.path("worst").asDouble()).isLessThan(1e-5).isPositive();
    JsonNode certificate = found.path("certificate");
    assertThat(certificate.path("structure").path("guarantee").asString())
        .isEqualTo("every real circular translation");
    assertThat(certificate.path("images").asString()).isEqualTo("4 test samples of shapes");
    assertThat(certificate.path("changes").size()).isEqualTo(5);
  }

  @Test
  void aFlawFailsItAndIsNamed() {
    Said said =
        run(
            "certify",
            config.toString(),
            "--set",
            "model.activation.kind=gelu",
            "--require",
            "1e-3",
            "--shifts",
            "half,real",
            "--limit",
            "4",
            "--no-layers");
    assertThat(said.code).isEqualTo(8);
    assertThat(said.err).contains("--require is 0.001");
    assertThat(said.out)
        .contains("stages.0.blocks.0.mlp.act: gelu widens the band without limit")
        .contains("half")
        .doesNotContain("quarter");
  }

  @Test
  void aRunIsCertifiedForItsReport() throws IOException {
    Said said = run("certify", run.toString(), "--limit", "4", "--save", "--shifts", "integer");
    assertThat(said.code).as(said.err).isZero();
    assertThat(said.out)
        .contains("guaranteed: none: zero padding at conv1")
        .containsPattern("pool1 +[0-9.e-]+/2 ")
        .contains("4 test samples of shapes");
    var saved = Certificate.read(run.resolve("certificate.json"));
    assertThat(saved.layers()).extracting(Certificate.Row::layer).contains("conv1", "pool1");
    assertThat(saved.layers())
        .filteredOn(row -> row.layer().equals("pool1"))
        .allSatisfy(row -> assertThat(row.folded().orElse(0.0)).isBetween(1e-3, 1.0));
    Path page = folder.resolve("page.html");
    assertThat(run("report", run.toString(), "-o", page.toString()).code).isZero();
    assertThat(Files.readString(page))
        .contains("guaranteed: none: zero padding at conv1")
        .contains("Largest change of a logit")
        .contains("layers by themselves");
  }

  @Test
  void withoutDataItSaysThatImagesAreGenerated() throws IOException {
    Path absent =
        Files.writeString(
            folder.resolve("absent.yaml"),
            AFC.replaceAll("data: .*", "data: {name: cifar10, root: nowhere, batch_size: 32}"));
    Said said =
        run("certify", absent.toString(), "--limit", "2", "--no-layers", "--shifts", "half");
    assertThat(said.code).as(said.err).isZero();
    assertThat(said.out).contains("2 generated samples (shapes)");
    assertThat(said.err).contains("no data: ");
  }

  @Test
  void saysWhatItCannotUse() {
    assertThat(run("certify", folder.resolve("absent").toString()).code).isEqualTo(7);
    assertThat(run("certify", config.toString(), "--limit", "0").code).isEqualTo(2);
    assertThat(run("certify", config.toString(), "--shifts", "fifth").code).isEqualTo(2);
    assertThat(run("certify", config.toString(), "--require", "-1").code).isEqualTo(2);
    Said none = run("certify", config.toString(), "--save");
    assertThat(none.code).isEqualTo(7);
    assertThat(none.err).startsWith("error: ").hasLineCount(1);
  }
}
