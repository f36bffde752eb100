package bandlimit.cli;

import static bandlimit.cli.Program.TINY;
import static bandlimit.cli.Program.assertSameWeights;
import static bandlimit.cli.Program.run;
import static bandlimit.cli.Program.tree;
import static bandlimit.cli.Program.write;
import static org.assertj.core.api.Assertions.assertThat;

import bandlimit.store.AtomicFiles;
import bandlimit.store.Csv;
import bandlimit.store.EventFileReader;
import bandlimit.store.JsonLines;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `bandlimit train` from a config to run folders, and what it does to folders that exist.
class TrainTest {
  private static final String VARIANTS =
      """
      variants:
        - name: plain
        - name: bin3
          set: {model.antialias: {kind: lowpass, taps: 3}}
      """;

  @TempDir private static Path shared;
  @TempDir private Path temp;
  private static Path config = Path.of("");
  private static Path plain = Path.of("");
  private static Program.Said said = new Program.Said(-1, "", "");

  @BeforeAll
  static void trainBothVariants() throws IOException {
    var text = TINY.replace("shift: {protocols: []}", "shift: {protocols: [crop], limit: 8}");
    config = write(shared, "two.yaml", text + VARIANTS);
    said = run("train", config, "--run", "r", "--output-dir", shared).succeeds();
    plain = shared.resolve("tiny/r-plain");
  }

  @Test
  void stdoutNamesTheReportsAndStderrTheSteps() {
    assertThat(said.out().lines())
        .containsExactly(
            plain.resolve("report.html").toString(),
            shared.resolve("tiny/r-bin3/report.html").toString(),
            shared.resolve("tiny/report.html").toString());
    assertThat(said.err())
        .contains("Train: 2 [   4/4 (100%)]  Loss: ", "Eval: 2 ", "Device: cpu: ", "seed 1")
        .doesNotContain("\033", "\r");
  }

  @Test
  void theRunFolderHoldsEverything() throws IOException {
    for (String run : List.of("r-plain", "r-bin3")) {
      var folder = shared.resolve("tiny").resolve(run);
      assertThat(tree(folder).keySet().stream().filter(f -> !f.startsWith("tb/")))
          .containsExactlyInAnyOrderElementsOf(
              Stream.concat(
                      Stream.of(
                          "config.yaml",
                          "config.source.yaml",
                          "env.json",
                          "train.log",
                          "events.jsonl",
                          "summary.csv",
                          "layers.json",
                          "shift.json",
                          "report.html"),
                      Stream.of("last", "best", "epoch-0002")
                          .flatMap(
                              c ->
                                  Stream.of(
                                          "model.safetensors",
                                          "optimizer.safetensors",
                                          "state.json",
                                          "network.json",
                                          "config.yaml",
                                          "DONE")
                                      .map(f -> "checkpoints/" + c + "/" + f)))
                  .toList());
      assertThat(folder.resolve("config.source.yaml")).hasSameTextualContentAs(config);
    }
    assertThat(shared.resolve("tiny/report.html")).content().contains("r-plain", "r-bin3");
  }

  @Test
  void metricsAreInAllThreeForms() throws IOException {
    var rows = Csv.read(plain.resolve("summary.csv"));
    assertThat(rows.columns())
        .containsExactly(
            "epoch",
            "train_loss",
            "train_top1",
            "eval_loss",
            "eval_top1",
            "eval_top5",
            "lr",
            "time_s",
            "images_per_s");
    assertThat(rows.rows()).hasSize(2);
    var events = JsonLines.read(plain.resolve("events.jsonl")).records();
    assertThat(events.stream().map(e -> e.path("event").asString()))
        .containsSubsequence("step", "eval", "step", "eval", "shift");
    assertThat(events)
        .allSatisfy(
            e -> {
              assertThat(e.path("device").asString()).isEqualTo("cpu");
              assertThat(e.path("t").asString()).endsWith("Z");
              assertThat(e.path("step").asInt()).isPositive();
            });
    try (var files = Files.list(plain.resolve("tb"))) {
      var scalars =
          EventFileReader.read(files.toList().getFirst()).stream()
              .flatMap(e -> e.scalars().stream())
              .map(EventFileReader.Scalar::tag);
      assertThat(scalars).contains("train/loss", "lr", "eval/top1", "throughput/samples_per_s");
    }
  }

  @Test
  void aRunThatExistsIsNotTouched() throws IOException {
    var before = tree(shared);
    run("train", config, "--run", "r", "--output-dir", shared).fails(9, "r-plain", "--resume");
    assertThat(tree(shared)).isEqualTo(before);
  }

  @Test
  void aVariantThatExistsIsSaidBeforeTheFirstIsTrained() throws IOException {
    Files.createDirectories(temp.resolve("tiny/r-bin3"));
    run("train", config, "--run", "r", "--output-dir", temp).fails(9, "r-bin3 exists already");
    assertThat(temp.resolve("tiny/r-plain")).doesNotExist();
  }

  @Test
  void aVariantThatCannotBeBuiltIsSaidBeforeTheFirstIsTrained() throws IOException {
    var text =
        TINY
            + VARIANTS
            + "  - {name: deep, set: {model.name: resnet50, model.antialias: "
            + "{kind: lowpass, taps: 7, padding: reflect}}}\n";
    run("train", write(temp, "deep.yaml", text), "--output-dir", temp.resolve("out"))
        .fails(3, "layer3.0.blur2", "reflect padding", "the height is 2, the padding 3", "use");
    assertThat(temp.resolve("out")).doesNotExist();
  }

  @Test
  void aCompleteRunIsLeftAlone() throws IOException {
    var before = tree(shared);
    var again = run("train", "--resume", plain).succeeds();
    assertThat(again.err()).contains("Already complete: " + plain).hasLineCount(1);
    assertThat(tree(shared)).isEqualTo(before);
  }

  @Test
  void ofACompleteRunOnlyWhatIsMissingIsMade() throws IOException {
    var copy = temp.resolve("copy");
    copy(plain, copy);
    var before = tree(copy);
    Files.delete(copy.resolve("shift.json"));
    Files.delete(copy.resolve("report.html"));
    run("train", "--resume", copy).succeeds();
    assertThat(copy.resolve("report.html")).exists();
    var after = tree(copy);
    assertThat(after).containsEntry("shift.json", before.get("shift.json"));
    assertThat(after).containsEntry("summary.csv", before.get("summary.csv"));
    assertThat(after.get("train.log")).doesNotContain("Train: 3");
    assertSameWeights(plain, copy);
  }

  @Test
  void aRunIsRerunnableFromItself() throws IOException {
    run("train", plain.resolve("config.yaml"), "--run", "again", "--output-dir", temp).succeeds();
    var again = temp.resolve("tiny/again");
    var losses =
        Stream.of(plain, again)
            .map(r -> Csv.read(r.resolve("summary.csv")).rows().getFirst().get("train_loss"));
    assertThat(losses.distinct()).hasSize(1);
    assertSameWeights(plain, again);
  }

  @Test
  void resumeStartsTheVariantsThatAreMissing() throws IOException {
    copy(plain, temp.resolve("tiny/r-plain"));
    var resumed = run("train", config, "--run", "r", "--output-dir", temp, "--resume").succeeds();
    assertThat(resumed.err()).contains("Already complete: " + temp.resolve("tiny/r-plain"));
    assertSameWeights(shared.resolve("tiny/r-bin3"), temp.resolve("tiny/r-bin3"));
    assertThat(temp.resolve("tiny/report.html")).exists();
  }

  @Test
  void theNumberOfThreadsChangesNoByte() throws IOException {
    var tiny = write(temp, "tiny.yaml", TINY);
    for (String threads : List.of("1", "2", "3")) {
      System.setProperty("bandlimit.threads", threads);
      try {
        run(
                "train",
                tiny,
                "--run",
                "t" + threads,
                "--output-dir",
                temp,
                "--set",
                "data.workers=" + threads)
            .succeeds();
      } finally {
        System.clearProperty("bandlimit.threads");
      }
    }
    assertSameWeights(temp.resolve("tiny/t1"), temp.resolve("tiny/t2"));
    assertSameWeights(temp.resolve("tiny/t1"), temp.resolve("tiny/t3"));
  }

  @Test
  void aContinuedRunKeepsItsConfig() throws IOException {
    var before = tree(plain);
    run("train", "--resume", plain, "--set", "optimizer.lr=0.1", "--seed", "4")
        .fails(3, "seed (1 there, 4 here), optimizer.lr (0.05 there, 0.1 here)", "init_from");
    run("train", config, "--resume", plain).fails(3, "model.antialias.taps");
    run("train", "--resume", plain, "--run", "other").fails(2, "--run");
    assertThat(tree(plain)).isEqualTo(before);
    run("train", "--resume", plain, "--set", "data.workers=1", "--device", "cpu").succeeds();
  }

  @Test
  void aCheckpointGoesOnInARunOfItsOwn() throws IOException {
    var tiny = write(temp, "tiny.yaml", TINY);
    run("train", tiny, "--run", "all", "--output-dir", temp, "--set", "checkpoint.keep=2")
        .succeeds();
    var first = temp.resolve("tiny/all/checkpoints/epoch-0001");
    var before = tree(temp.resolve("tiny/all"));
    run("train", "--resume", first, "--run", "fork").succeeds();
    assertSameWeights(temp.resolve("tiny/all"), temp.resolve("tiny/fork"));
    assertThat(tree(temp.resolve("tiny/all"))).isEqualTo(before);
    assertThat(Csv.read(temp.resolve("tiny/fork/summary.csv")).rows()).hasSize(1);
  }

  @Test
  void divergenceNamesStepAndNodeAndKeepsTheCheckpoint() throws IOException {
    var text =
        TINY.replace("lr: 0.05", "lr: 1e30")
            + "schedule: {warmup_epochs: 1.5, "
            + "warmup_lr: 0}\n";
    // update 1 has a rate of 1e30/6; its weights are finite, but no loss comes of them
    var diverged =
        run(
                "train",
                write(temp, "c.yaml", text),
                "--run",
                "d",
                "--output-dir",
                temp,
                "--set",
                "checkpoint.interval_steps=1")
            .fails(6, "update 2: the loss is NaN", "first bad value: ", "checkpoints/last");
    assertThat(diverged.err()).containsPattern("first bad value: [\\w./]+ \\([A-Z]\\w+\\)");
    var run = temp.resolve("tiny/d");
    assertThat(AtomicFiles.isComplete(run.resolve("checkpoints/last"))).isTrue();
    assertThat(run.resolve("train.log")).content().contains("Diverged: update 2");
    assertThat(JsonLines.read(run.resolve("events.jsonl")).records().getLast().path("event"))
        .hasToString("\"diverged\"");
  }

  @Test
  void aDryRunWritesNothing() throws IOException {
    var dry = run("train", config, "--run", "dry", "--output-dir", temp, "--dry-run").succeeds();
    assertThat(dry.out().lines())
        .containsExactly(
            "Would train into " + temp.resolve("tiny/dry-plain"),
            "Would train into " + temp.resolve("tiny/dry-bin3"));
    assertThat(tree(temp)).isEmpty();
  }

  @Test
  void quietPrintsResultsOnly() throws IOException {
    var tiny = write(temp, "tiny.yaml", TINY);
    var quiet = run("fit", tiny, "--run", "q", "--output-dir", temp, "-q").succeeds();
    assertThat(quiet.err()).isEmpty();
    assertThat(quiet.out().strip()).isEqualTo(temp.resolve("tiny/q/report.html").toString());
    assertThat(temp.resolve("tiny/q/train.log")).content().contains("Train: 2 [");
  }

  private static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> all = Files.walk(from)) {
      for (Path path : all.toList()) {
        var target = to.resolve(from.relativize(path).toString());
        Files.createDirectories(Files.isDirectory(path) ? target : target.resolveSibling(""));
        if (Files.isRegularFile(path)) {
          Files.copy(path, target);
        }
      }
    }
  }
}
