package bandlimit.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/// The program as a user sees it: in this process, or as one of its own where signals, limits and
/// exit codes matter.
final class Program {
  /// A network and data that train in a second.
  static final String TINY =
      """
      experiment: tiny
      seed: 1
      model: {name: smallcnn}
      data: {name: shapes, batch_size: 16, train_size: 64, test_size: 32, image_size: 16}
      train: {epochs: 2}
      optimizer: {lr: 0.05}
      augment: {crop_padding: 2, flip: 0.5}
      log_interval: 1
      shift: {protocols: []}
      """;

  private Program() {}

  /// What a run of the program left on its two streams.
  record Said(int code, String out, String err) {
    Said succeeds() {
      assertThat(code).as(err).isZero();
      return this;
    }

    /// An expected failure: its code, one line that begins as documented and says all of `parts`,
    /// nothing on stdout.
    Said fails(int expected, String... parts) {
      assertThat(code).as(err).isEqualTo(expected);
      assertThat(out).isEmpty();
      assertThat(err).doesNotContain("\tat ").doesNotContain("internal error").contains(parts);
      assertThat(error()).hasSize(1);
      return this;
    }

    private List<String> error() {
      return err.lines().filter(l -> l.startsWith("error: ")).toList();
    }
  }

  static Said run(Object... args) {
    var out = new StringWriter();
    var err = new StringWriter();
    var line = Main.commandLine();
    line.setOut(new PrintWriter(out)).setErr(new PrintWriter(err));
    int code = Main.run(line, Stream.of(args).map(Object::toString).toArray(String[]::new));
    return new Said(code, out.toString(), err.toString());
  }

  static Path write(Path folder, String name, String text) throws IOException {
    return Files.writeString(folder.resolve(name), text);
  }

  /// Name and content of every file below `folder`.
  static SortedMap<String, String> tree(Path folder) throws IOException {
    var files = new TreeMap<String, String>();
    try (Stream<Path> all = Files.walk(folder)) {
      for (Path file : all.filter(Files::isRegularFile).toList()) {
        files.put(
            folder.relativize(file).toString(),
            Files.readString(file, StandardCharsets.ISO_8859_1));
      }
    }
    return files;
  }

  /// Every state of two runs' last checkpoints is the same, bit by bit.
  static void assertSameWeights(Path a, Path b) throws IOException {
    for (String name : List.of("model.safetensors", "optimizer.safetensors")) {
      var file = Path.of("checkpoints", "last", name);
      assertThat(Files.mismatch(a.resolve(file), b.resolve(file)))
          .as("first differing byte in %s of %s and %s", name, a, b)
          .isEqualTo(-1);
    }
  }

  /// The program as a process; its stderr is read line by line.
  static final class Child implements AutoCloseable {
    private final Process process;
    private final BufferedReader reader;
    private final StringBuilder err = new StringBuilder();

    private Child(Process process, InputStream said) {
      this.process = process;
      this.reader = new BufferedReader(new InputStreamReader(said, StandardCharsets.UTF_8));
    }

    /// `before` are shell commands, such as `export WORLD_SIZE=2`.
    static Child start(String before, Object... args) throws IOException {
      var command = new ArrayList<>(List.of("bash", "-c", before + "\nexec \"$@\"", "bandlimit"));
      command.addAll(java(args));
      var process =
          new ProcessBuilder(command).redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
      return new Child(process, process.getErrorStream());
    }

    /// On a terminal of its own, made by script(1); what is typed goes to [#type].
    static Child onTerminal(Object... args) throws IOException {
      var quoted = java(args).stream().map(a -> "'" + a + "'").toList();
      // exec: dash, which script(1) takes where SHELL is not set, would stay in between, and answer
      // a typed interrupt with its own 130
      var line = "exec " + String.join(" ", quoted);
      var process = new ProcessBuilder("script", "-qefc", line, "/dev/null").start();
      return new Child(process, process.getInputStream());
    }

    private static List<String> java(Object... args) {
      var command =
          new ArrayList<>(
              List.of(
                  // whoever started the tests in a background job has SIGINT ignored, and a JVM
                  // that inherits that never handles it
                  "env",
                  "--default-signal=INT",
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  "--enable-native-access=ALL-UNNAMED",
                  "-XX:TieredStopAtLevel=1",
                  "-XX:+UseSerialGC",
                  "-XX:-UsePerfData",
                  "-Xmx512m",
                  "-cp",
                  System.getProperty("java.class.path"),
                  "bandlimit.cli.Main"));
      Stream.of(args).map(Object::toString).forEach(command::add);
      return command;
    }

    void type(char key) throws IOException {
      process.getOutputStream().write(key);
      process.getOutputStream().flush();
    }

    /// Reads stderr up to a line that contains `part`.
    void awaitLine(String part) throws IOException {
      for (var line = reader.readLine(); line != null; line = reader.readLine()) {
        err.append(line).append('\n');
        if (line.contains(part)) {
          return;
        }
      }
      throw new AssertionError("ended without saying '" + part + "':\n" + err);
    }

    void signal(String name) throws IOException, InterruptedException {
      var kill = new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).start();
      assertThat(kill.waitFor()).isZero();
    }

    /// Reads the rest; the exit code.
    int await() throws IOException, InterruptedException {
      for (var line = reader.readLine(); line != null; line = reader.readLine()) {
        err.append(line).append('\n');
      }
      assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
      return process.exitValue();
    }

    String err() {
      return err.toString();
    }

    @Override
    public void close() {
      process.destroyForcibly();
    }
  }
}
