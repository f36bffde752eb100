package bandlimit.cli;

import static bandlimit.cli.Program.TINY;
import static bandlimit.cli.Program.assertSameWeights;
import static bandlimit.cli.Program.run;
import static bandlimit.cli.Program.write;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import bandlimit.cli.Program.Child;
import bandlimit.store.AtomicFiles;
import bandlimit.store.Csv;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Runs that are killed, stopped or out of space, as processes of their own; the exact resume.
@Timeout(value = 3, unit = TimeUnit.MINUTES, threadMode = ThreadMode.SEPARATE_THREAD)
class SignalsTest {
  private static final String SIX_EPOCHS =
      TINY.replace("epochs: 2", "epochs: 6").replace("train_size: 64", "train_size: 128");

  @TempDir private static Path temp;
  private static Path config = Path.of("");
  private static Path whole = Path.of("");

  @BeforeAll
  static void trainWithoutABreak() throws IOException {
    config = write(temp, "six.yaml", SIX_EPOCHS);
    run("train", config, "--run", "whole", "--output-dir", temp).succeeds();
    whole = temp.resolve("tiny/whole");
  }

  private static Child train(String name, String... more) throws IOException {
    var args = new java.util.ArrayList<Object>();
    args.addAll(List.of("train", config, "--run", name, "--output-dir", temp));
    args.addAll(List.of(more));
    return Child.start("", args.toArray());
  }

  @Test
  void killedAtARandomStepAndResumedItEndsInTheSameBytes() throws Exception {
    int epoch = ThreadLocalRandom.current().nextInt(2, 6);
    int step = ThreadLocalRandom.current().nextInt(1, 9);
    try (var child = train("killed", "--set", "checkpoint.interval_steps=3")) {
      child.awaitLine("Train: %d [%4d/8".formatted(epoch, step));
      child.signal("KILL");
      assertThat(child.await()).isEqualTo(128 + 9);
    }
    var killed = temp.resolve("tiny/killed");
    assertThat(killed.resolve("shift.json")).doesNotExist();
    run("train", "--resume", killed).succeeds();
    assertSameRun(killed, "killed at epoch %d, step %d".formatted(epoch, step));
  }

  @Test
  void killedBeforeItsFirstCheckpointItStartsAgain() throws Exception {
    try (var child = train("early")) {
      child.awaitLine("Train: 1 [   1/8");
      child.signal("KILL");
      child.await();
    }
    var again = run("train", config, "--run", "early", "--output-dir", temp, "--resume").succeeds();
    assertSameRun(temp.resolve("tiny/early"), again.err());
  }

  @ParameterizedTest
  @ValueSource(strings = {"INT", "TERM"})
  void aSignalEndsTheStepLeavesACheckpointAndExits75(String signal) throws Exception {
    var run = temp.resolve("tiny/" + signal);
    try (var child = train(signal)) {
      child.awaitLine("Train: 2 [   3/8");
      child.signal("STOP"); // frozen, it still holds its folder
      run("train", "--resume", run).fails(9, "another process is training into this folder");
      child.signal("CONT");
      child.signal(signal);
      assertThat(child.await()).as(child.err()).isEqualTo(75);
      assertThat(child.err())
          .contains("Stopping after this update")
          .contains("error: stopped by a signal after update")
          .contains("--resume " + run)
          .doesNotContain("\tat ");
    }
    assertThat(AtomicFiles.isComplete(run.resolve("checkpoints/last"))).isTrue();
    run("train", "--resume", run).succeeds();
    assertSameRun(run, signal);
  }

  @Test
  void aSecondInterruptEndsTheProcessAtOnce() throws Exception {
    // the reference takes seconds for such a step
    try (var child =
        train(
            "twice",
            "--device",
            "reference",
            "--set",
            "data.batch_size=128",
            "--set",
            "data.image_size=32")) {
      child.awaitLine("Run: ");
      child.signal("INT");
      child.awaitLine("Stopping after this update");
      child.signal("INT");
      assertThat(child.await()).as(child.err()).isEqualTo(130);
    }
    assertThat(temp.resolve("tiny/twice/checkpoints/last")).doesNotExist();
  }

  @Test
  void controlCOnATerminalLeavesACheckpointUnderTheBar() throws Exception {
    assumeTrue(
        Stream.of("/usr/bin/script", "/bin/script").anyMatch(f -> Files.exists(Path.of(f))),
        "script(1), which makes terminals, is not installed");
    var run = temp.resolve("tiny/typed");
    try (var child = Child.onTerminal("train", config, "--run", "typed", "--output-dir", temp)) {
      child.awaitLine("Epoch 2/6");
      child.type('\003');
      assertThat(child.await()).as(child.err()).isEqualTo(75);
      assertThat(child.err())
          .contains("\033[K", "Stopping after this update", "error: stopped by a signal");
    }
    run("train", "--resume", run).succeeds();
    assertSameRun(run, "typed");
  }

  /// A limit on the size of files stands for a full disk, which only root can make.
  @Test
  void aCheckpointThatFindsNoRoomKeepsThePreviousOne() throws Exception {
    var run = temp.resolve("tiny/full");
    try (var child = train("full")) {
      child.awaitLine("Train: 3 [   2/8");
      child.signal("TERM");
      assertThat(child.await()).isEqualTo(75);
    }
    var last = run.resolve("checkpoints/last");
    var before = Program.tree(last);
    try (var child = Child.start("ulimit -f 100", "train", "--resume", run)) {
      assertThat(child.await()).as(child.err()).isEqualTo(9);
      assertThat(child.err()).contains("error: ", "safetensors", "File too large");
      assertThat(child.err()).doesNotContain("\tat ");
    }
    assertThat(Program.tree(last)).isEqualTo(before);
    run("train", "--resume", run).succeeds();
    assertSameRun(run, "after a full disk");
  }

  @Test
  void severalProcessesAreRefused() throws Exception {
    try (var child = Child.start("export WORLD_SIZE=2", "train", config, "--dry-run")) {
      assertThat(child.await()).isEqualTo(2);
      assertThat(child.err()).startsWith("error: WORLD_SIZE is 2");
    }
  }

  private static void assertSameRun(Path run, String how) throws IOException {
    assertSameWeights(whole, run);
    assertThat(losses(run)).as(how).isEqualTo(losses(whole));
    assertThat(steps(run)).as(how).isEqualTo(steps(whole));
    assertThat(Files.readString(run.resolve("events.jsonl"))).doesNotContain("NaN");
  }

  private static List<List<String>> losses(Path run) {
    return Csv.read(run.resolve("summary.csv")).rows().stream()
        .map(
            row ->
                List.of(
                    row.getOrDefault("epoch", ""),
                    row.getOrDefault("train_loss", ""),
                    row.getOrDefault("eval_loss", "")))
        .toList();
  }

  /// Every step and evaluation is recorded once, whatever happened in between.
  private static List<String> steps(Path run) {
    return bandlimit.store.JsonLines.read(run.resolve("events.jsonl")).records().stream()
        .map(e -> e.path("event").asString() + e.path("step").asInt())
        .toList();
  }
}
