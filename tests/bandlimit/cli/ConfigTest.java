package bandlimit.cli;

import static bandlimit.cli.Program.TINY;
import static bandlimit.cli.Program.run;
import static bandlimit.cli.Program.write;
import static org.assertj.core.api.Assertions.assertThat;

import bandlimit.error.DataException;
import bandlimit.store.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `bandlimit config`, `explain` and `models`: what can be asked before anything runs.
class ConfigTest {
  @TempDir private Path temp;

  @Test
  void checkSaysFine() throws IOException {
    var tiny = write(temp, "tiny.yaml", TINY);
    assertThat(run("config", "check", tiny).succeeds().out()).isEqualTo(tiny + ": fine\n");
    run("config", "check", tiny, "--set", "trian.epochs=1").fails(3, "did you mean train?");
    run("config").fails(2, "check, print or schema");
  }

  @Test
  void whatIsPrintedBindsToTheSame() throws IOException {
    var tiny = write(temp, "tiny.yaml", TINY);
    var printed = run("config", "print", tiny, "--set", "optimizer.lr=0.5").succeeds().out();
    assertThat(printed).contains("  lr: 0.5\n", "  momentum: 0.9\n");
    var again = write(temp, "again.yaml", printed);
    assertThat(run("config", "print", again).succeeds().out()).isEqualTo(printed);
  }

  @Test
  void theSchemaIsJson() {
    var schema = run("config", "schema").succeeds().out();
    var json = Json.parse(schema.getBytes(StandardCharsets.UTF_8), "stdout", DataException::new);
    assertThat(json.path("properties").path("optimizer").isObject()).isTrue();
  }

  @Test
  void explainShowsLayersPlansAndMemory() throws IOException {
    var tiny = write(temp, "tiny.yaml", TINY);
    var brief = run("explain", tiny).succeeds().out();
    assertThat(brief).contains("conv1", "plan train", "memory: arena");
    var all = run("explain", tiny, "--plan").succeeds().out();
    assertThat(all).startsWith(brief.strip()).hasSizeGreaterThan(2 * brief.length());
  }

  @Test
  void modelsListsTheZoo() {
    assertThat(run("models").succeeds().out()).contains("resnet50", "25,557,032", "vgg16_bn");
  }
}
