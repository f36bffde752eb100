package bandlimit.cli;

import static bandlimit.cli.Program.TINY;
import static bandlimit.cli.Program.run;
import static bandlimit.cli.Program.tree;
import static bandlimit.cli.Program.write;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Checkpoints that are cut short, of another time or of another network: exit 7, and the run stays
/// as it was.
class DamagedCheckpointTest {
  @TempDir private static Path temp;
  private static Path run = Path.of("");
  private static Path last = Path.of("");
  private static Path tiny = Path.of("");
  private Path damaged = Path.of("");
  private byte[] good = {};

  @BeforeAll
  static void train() throws IOException {
    tiny = write(temp, "tiny.yaml", TINY);
    run("train", tiny, "--run", "r", "--output-dir", temp, "--set", "train.max_steps=3").succeeds();
    run = temp.resolve("tiny/r");
    last = run.resolve("checkpoints/last");
  }

  @AfterEach
  void repair() throws IOException {
    if (good.length > 0) {
      Files.write(damaged, good);
    }
  }

  private void damage(String name, byte[] bytes) throws IOException {
    damaged = last.resolve(name);
    good = Files.readAllBytes(damaged);
    Files.write(damaged, bytes);
  }

  private void damage(String name, String old, String now) throws IOException {
    var text = Files.readString(last.resolve(name));
    assertThat(text).containsPattern(old);
    damage(name, text.replaceFirst(old, now).getBytes(java.nio.charset.StandardCharsets.UTF_8));
  }

  private static void isRefused(String... says) throws IOException {
    var before = tree(run);
    // shift.json is asked for, so that the complete run opens its weights
    run("train", "--resume", run, "--set", "shift.protocols=[crop]").fails(7, says);
    run("eval", last).fails(7, says);
    run("predict", last, tiny).fails(7, says);
    assertThat(tree(run)).isEqualTo(before);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 5, 100, -1})
  void truncatedWeights(int bytes) throws IOException {
    var whole = Files.readAllBytes(last.resolve("model.safetensors"));
    damage("model.safetensors", Arrays.copyOf(whole, bytes < 0 ? whole.length + bytes : bytes));
    isRefused("model.safetensors", "truncated?");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "{", "[]", "{\"a\": 1}"})
  void aStateThatIsNone(String text) throws IOException {
    damage("state.json", text.getBytes(java.nio.charset.StandardCharsets.UTF_8));
    isRefused("state.json");
  }

  @Test
  void aFutureFormat() throws IOException {
    damage("state.json", "\"format\" : 1", "\"format\" : 2");
    isRefused("format 2", "reads up to 1", "update Bandlimit");
  }

  @Test
  void anotherArchitecture() throws IOException {
    damage("config.yaml", "name: smallcnn", "name: resnet20");
    run("predict", last, tiny).fails(7, "layer1.0.conv1.weight", "another architecture");
    run(
            "train",
            tiny,
            "--run",
            "w",
            "--output-dir",
            temp,
            "--set",
            "model.name=resnet20",
            "--set",
            "init_from=" + run)
        .fails(7, "layer1.0.conv1.weight", "another architecture");
    assertThat(temp.resolve("tiny/w")).doesNotExist();
  }

  @Test
  void anotherNumberOfClasses() {
    run(
            "train",
            tiny,
            "--run",
            "w",
            "--output-dir",
            temp,
            "--set",
            "model.num_classes=12",
            "--set",
            "init_from=" + run)
        .fails(7, "fc.weight", "number of classes");
  }

  @Test
  void aConfigThatIsBroken() throws IOException {
    damage("config.yaml", "epochs: 2", "epochs: many");
    run("predict", last, tiny).fails(7, "its config.yaml is unusable", "train.epochs");
  }

  @Test
  void noCheckpointIsComplete() throws IOException {
    for (String name : List.of("last", "best", "epoch-0001")) {
      Files.delete(run.resolve("checkpoints").resolve(name).resolve("DONE"));
    }
    var before = tree(run);
    try {
      run("train", "--resume", run).fails(7, "no complete checkpoint");
      run("predict", run, tiny).fails(7, "no complete checkpoint");
      run("eval", last).fails(7, "no DONE mark");
      assertThat(tree(run)).isEqualTo(before);
    } finally {
      for (String name : List.of("last", "best", "epoch-0001")) {
        Files.writeString(run.resolve("checkpoints").resolve(name).resolve("DONE"), "complete\n");
      }
    }
  }
}
