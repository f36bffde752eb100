package bandlimit.cli;

import static org.assertj.core.api.Assertions.assertThat;

import bandlimit.error.ConfigException;
import bandlimit.error.OutputException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import picocli.CommandLine.Command;

class MainTest {
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int run(CommandLine line, String... args) {
    line.setOut(new PrintWriter(out)).setErr(new PrintWriter(err));
    return Main.run(line, args);
  }

  /// The real command line plus a verb `fail` that does what a test says.
  private int runFailing(Callable<Integer> action) {
    return run(Main.commandLine().addSubcommand("fail", new Fail(action)), "fail");
  }

  @Command
  record Fail(Callable<Integer> action) implements Callable<Integer> {
    @Override
    public Integer call() throws Exception {
      return action.call();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"--version", "-V"})
  void versionNamesTheBuildAndTheJdk(String option) {
    assertThat(run(Main.commandLine(), option)).isZero();
    assertThat(out.toString()).matches("bandlimit \\d+\\.\\d+\\.\\d+\\S* \\(JDK 25.*\\)\\R");
    assertThat(err.toString()).isEmpty();
  }

  @Test
  void aLineThatNamesAVerbBuildsThatVerbAlone() {
    var all = Main.commandLine().getSubcommands();
    assertThat(all.keySet())
        .as("every other name of a verb is in the list too")
        .isEqualTo(Main.verbs());
    for (String name : all.keySet()) {
      var alone = Main.commandLine(name, "--help").getSubcommands();
      assertThat(alone).as(name).containsKey(name);
      assertThat(alone.values().stream().distinct()).as(name).hasSize(1);
    }
    assertThat(Main.commandLine("trian").getSubcommands()).hasSameSizeAs(all);
  }

  @Test
  void helpGoesToStdout() {
    assertThat(run(Main.commandLine(), "--help")).isZero();
    assertThat(out.toString()).startsWith("Usage: bandlimit");
    assertThat(err.toString()).isEmpty();
  }

  @Test
  void noVerbIsAUsageError() {
    assertThat(run(Main.commandLine())).isEqualTo(2);
    assertThat(out.toString()).isEmpty();
    assertThat(err.toString())
        .isEqualToNormalizingNewlines(
            """
            error: Missing verb
            Try 'bandlimit --help'.
            """);
  }

  @Test
  void anUnknownVerbNamesTheNearestOne() {
    CommandLine line = Main.commandLine().addSubcommand("measure", new Fail(() -> 0));
    assertThat(run(line, "mesure")).isEqualTo(2);
    assertThat(err.toString()).contains("'mesure'").contains("Did you mean: bandlimit measure");
  }

  @Test
  void aKnownFailureIsOneLineAndItsCode() {
    int code =
        runFailing(
            () -> {
              throw new OutputException("runs/x exists; --resume continues it");
            });
    assertThat(code).isEqualTo(9);
    assertThat(err.toString())
        .isEqualToNormalizingNewlines("error: runs/x exists; --resume continues it\n");
    assertThat(out.toString()).isEmpty();
  }

  @Test
  void severalConfigMistakesKeepTheirLines() {
    int code =
        runFailing(
            () -> {
              throw new ConfigException("a.yaml:3:1: unknown key\na.yaml:4:7: not a number");
            });
    assertThat(code).isEqualTo(3);
    assertThat(err.toString())
        .isEqualToNormalizingNewlines("a.yaml:3:1: unknown key\na.yaml:4:7: not a number\n");
  }

  @Test
  void anUnexpectedExceptionKeepsItsTrace() {
    int code =
        runFailing(
            () -> {
              throw new IllegalStateException("a bug");
            });
    assertThat(code).isEqualTo(1);
    assertThat(err.toString()).startsWith("internal error").contains("a bug").contains("\tat ");
  }

  @Test
  void anErrorIsReportedLikeAnException() {
    int code =
        runFailing(
            () -> {
              throw new StackOverflowError();
            });
    assertThat(code).isEqualTo(1);
    assertThat(err.toString()).startsWith("internal error").contains("StackOverflowError");
  }

  @Test
  void aVerbsOwnCodeIsTheExitCode() {
    assertThat(runFailing(() -> 8)).isEqualTo(8);
    assertThat(err.toString()).isEmpty();
  }
}
