package bandlimit.cli;

import static org.assertj.core.api.Assertions.assertThat;

import bandlimit.eval.ShiftReport;
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

/// `eval` and `report` on two runs trained for a few steps.
class EvalTest {
  @TempDir static Path folder;
  private static Path plain = Path.of("");
  private static Path blurred = Path.of("");

  private record Said(int code, String out, String err) {}

  @BeforeAll
  static void train() throws IOException {
    Path config = folder.resolve("tiny.yaml");
    Files.writeString(
        config,
        """
        experiment: tiny
        seed: 2
        device: cpu
        model: {name: smallcnn}
        data: {name: shapes, batch_size: 32, train_size: 96, test_size: 60, workers: 1}
        train: {epochs: 1}
        optimizer: {lr: 0.05}
        schedule: {name: constant}
        shift: {protocols: [crop, fractional]}
        variants:
          - name: plain
          - name: bin3
            set: {model.antialias: {kind: lowpass, taps: 3}}
        """);
    Said said =
        run("train", config.toString(), "--run", "run", "--output-dir", folder.toString(), "-q");
    assertThat(said.code).as(said.err).isZero();
    plain = folder.resolve("tiny/run-plain");
    blurred = folder.resolve("tiny/run-bin3");
  }

  private static Said run(String... args) {
    var out = new StringWriter();
    var err = new StringWriter();
    var line = Main.commandLine();
    line.setOut(new PrintWriter(out));
    line.setErr(new PrintWriter(err));
    int code = Main.run(line, args);
    return new Said(code, out.toString(), err.toString());
  }

  private static JsonNode json(String text) {
    return Json.parse(
        text.getBytes(StandardCharsets.UTF_8), "stdout", bandlimit.error.DataException::new);
  }

  @Test
  void printsAccuracyAndItsInterval() {
    Said said = run("eval", plain.toString(), "--device", "cpu");
    assertThat(said.code).as(said.err).isZero();
    assertThat(said.out)
        .contains("shapes: 60 samples, seed 0")
        .containsPattern("top1 +\\d+\\.\\d\\d % +\\[[0-9.]+, [0-9.]+]  \\d+ of 60")
        .doesNotContain("consistency");
  }

  @Test
  void theLastCheckpointGivesWhatTrainingRecorded() {
    Said said =
        run(
            "eval",
            plain.toString(),
            "--shift",
            "crop,fractional",
            "--checkpoint",
            "last",
            "--json");
    assertThat(said.code).as(said.err).isZero();
    ShiftReport trained = ShiftReport.read(plain.resolve("shift.json"));
    JsonNode report = json(said.out).path("result").path("report");
    assertThat(report).isEqualTo(json(Json.line(trained)));
  }

  @Test
  void comparesTwoRunsSampleBySample() {
    Said said =
        run(
            "validate",
            blurred.toString(),
            "--against",
            plain.toString(),
            "--shift",
            "circular,diagonal",
            "--limit",
            "20",
            "--json");
    assertThat(said.code).as(said.err).isZero();
    JsonNode found = json(said.out);
    assertThat(found.path("result").path("report").path("samples").asInt()).isEqualTo(20);
    assertThat(found.path("paired").size()).isEqualTo(4);
    assertThat(found.path("paired").get(0).path("metric").asString()).isEqualTo("eval/top1");
    Said text = run("eval", blurred.toString(), "--against", plain.toString(), "--limit", "20");
    assertThat(text.out).contains("exact McNemar").contains("run-plain").contains("run-bin3");
  }

  @Test
  void saysWhatItCannotUse() {
    assertThat(run("eval", folder.resolve("absent").toString()).code).isEqualTo(7);
    Said none = run("eval", folder.toString());
    assertThat(none.code).isEqualTo(7);
    assertThat(none.err).startsWith("error: ").hasLineCount(1);
    assertThat(run("eval", plain.toString(), "--limit", "0").code).isEqualTo(2);
    assertThat(run("eval", plain.toString(), "--shift", "sideways").code).isEqualTo(2);
    assertThat(run("eval", plain.toString(), "--shift-range", "0").code).isEqualTo(2);
    assertThat(run("eval", plain.toString(), "--translations", "4,4").code).isEqualTo(2);
    assertThat(run("eval", plain.resolve("checkpoints/best").toString(), "--save").code)
        .isEqualTo(7);
  }

  @Test
  void savesForTheReport(@TempDir Path elsewhere) throws IOException {
    Path shift = blurred.resolve("shift.json");
    byte[] before = Files.readAllBytes(shift);
    assertThat(run("eval", blurred.toString(), "--shift", "all", "--save").code).isZero();
    assertThat(ShiftReport.read(shift).sweeps()).hasSize(1);
    assertThat(ShiftReport.read(shift).worst()).hasSize(9 + 3 * 2);
    Path page = elsewhere.resolve("page.html");
    assertThat(run("report", blurred.toString(), "-o", page.toString()).code).isZero();
    assertThat(Files.readString(page))
        .contains(
            "diagonal-reflect4", "circular-modulo", "fractional8-nyquist0", "bilinear8-grid5");
    Files.write(shift, before);
  }

  @Test
  void searchesPrintTheirProtocolsAndGrids() {
    Said said =
        run(
            "eval",
            plain.toString(),
            "--shift",
            "fractional,adversarial,bilinear",
            "--shift-range",
            "1",
            "--translations",
            "2",
            "--limit",
            "10");
    assertThat(said.code).as(said.err).isZero();
    assertThat(said.out)
        .containsPattern("consistency +fractional8-nyquist0, halves, down only +[0-9.]+ %")
        .containsPattern("logit_change +fractional8-nyquist0, thirds +\\S+  at most \\S+")
        .containsPattern("top1_worst +adversarial-int1 +[0-9.]+ % +\\[[0-9.]+, [0-9.]+]")
        .contains("adversarial-eighths-nyquist0", "bilinear2-grid5", "bilinear2-random10");
  }

  @Test
  void reportsAllRunsOfAFolderOldestFirst() throws IOException {
    Said said = run("report", plain.resolveSibling("").toString());
    assertThat(said.code).as(said.err).isZero();
    Path page = plain.resolveSibling("report.html");
    assertThat(said.out.strip()).isEqualTo(page.toString());
    String text = Files.readString(page);
    assertThat(text.indexOf("<strong>plain</strong>"))
        .isPositive()
        .isLessThan(text.indexOf("<strong>bin3</strong>"));
  }

  @Test
  void reportRefusesWhatIsNoRun(@TempDir Path empty) {
    Said said = run("report", empty.toString());
    assertThat(said.code).isEqualTo(4);
    assertThat(said.err).contains("no config.yaml").hasLineCount(1);
    assertThat(run("report").code).isEqualTo(2);
  }
}
