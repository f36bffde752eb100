package bandlimit.cli;

import static bandlimit.cli.Program.run;
import static bandlimit.cli.Program.write;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import bandlimit.backend.cuda.Emulator;
import bandlimit.cli.Program.Child;
import bandlimit.error.DataException;
import bandlimit.store.Json;
import bandlimit.store.Npy;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/// A trained network on a signal from files and pipes.
class StreamTest {
  private static final int WINDOW = 64;
  private static final int SAMPLES = 300;

  @TempDir private static Path temp;
  private static Path trained = Path.of("");
  private static Path signal = Path.of("");
  private static float[] values = new float[0];

  @BeforeAll
  static void trainAndDraw() throws IOException {
    var random = new Random(1);
    for (String part : List.of("train", "test")) {
      npy(part + "_x.npy", draw(random, 16 * WINDOW), 16, WINDOW);
      Npy.write(temp.resolve(part + "_y.npy"), Npy.Type.U8, List.of(16), labels());
    }
    var config =
        write(
            temp,
            "net.yaml",
            """
            experiment: net
            model: {name: conv1d_ppg}
            data: {name: npy, root: "%s", batch_size: 8}
            train: {epochs: 1}
            optimizer: {lr: 0.01}
            device: cpu
            shift: {protocols: []}
            """
                .formatted(temp.toAbsolutePath()));
    run("train", config, "--run", "r", "--output-dir", temp).succeeds();
    trained = temp.resolve("net/r");
    values = draw(random, SAMPLES);
    signal = npy("signal.npy", values, SAMPLES);
  }

  private static float[] draw(Random random, int count) {
    var drawn = new float[count];
    for (int i = 0; i < count; i++) {
      drawn[i] = (float) random.nextGaussian();
    }
    return drawn;
  }

  private static byte[] labels() {
    var labels = new byte[16];
    for (int i = 0; i < 16; i++) {
      labels[i] = (byte) (i % 2);
    }
    return labels;
  }

  private static byte[] bytes(float[] numbers) {
    var bytes = ByteBuffer.allocate(4 * numbers.length).order(ByteOrder.LITTLE_ENDIAN);
    for (float value : numbers) {
      bytes.putFloat(value);
    }
    return bytes.array();
  }

  private static Path npy(String name, float[] numbers, Integer... shape) throws IOException {
    Npy.write(temp.resolve(name), Npy.Type.F32, List.of(shape), bytes(numbers));
    return temp.resolve(name);
  }

  private static Program.Said stream(Object... args) {
    var all = new Object[args.length + 4];
    System.arraycopy(new Object[] {"stream", trained, "--device", "cpu"}, 0, all, 0, 4);
    System.arraycopy(args, 0, all, 4, args.length);
    return run(all);
  }

  private static Program.Said piped(byte[] input, Object... args) {
    var before = System.in;
    System.setIn(new ByteArrayInputStream(input));
    try {
      return stream(args);
    } finally {
      System.setIn(before);
    }
  }

  private static JsonNode json(String line) {
    return Json.parse(line.getBytes(StandardCharsets.UTF_8), "stdout", DataException::new);
  }

  /// Lines without what a clock says.
  private static List<String> answers(String out) {
    return out.lines().map(l -> l.replaceFirst(",\"latency_ms\":[^}]*", "")).toList();
  }

  private static String csv(float[] numbers, int from, int end) {
    var lines = new StringBuilder();
    for (int i = from; i < end; i++) {
      lines.append(numbers[i]).append('\n');
    }
    return lines.toString();
  }

  @Test
  void aLineForEachHopFromAFileOrAPipe() {
    var said = stream("--hop", 32, "--input", signal, "--rate", 16).succeeds();
    var lines = said.out().lines().map(StreamTest::json).toList();
    assertThat(lines)
        .extracting(l -> l.path("sample").asInt())
        .containsExactly(64, 96, 128, 160, 192, 224, 256, 288);
    assertThat(lines.getFirst().path("seconds").asDouble()).isEqualTo(4);
    assertThat(lines.getFirst().path("output").size()).isEqualTo(2);
    assertThat(lines.getFirst().path("class").asString()).isIn("0", "1");
    assertThat(lines.getFirst().path("latency_ms").asDouble()).isPositive();
    assertThat(said.err())
        .contains("300 samples, 8 answers; latency median")
        .contains("trained on windows with zeros before them, and sees 320 samples there");
    var rate = List.of("--hop", 32, "--rate", 16);
    var expected = answers(said.out());
    var text = csv(values, 0, SAMPLES).getBytes(StandardCharsets.UTF_8);
    assertThat(answers(piped(text, rate.toArray()).succeeds().out())).isEqualTo(expected);
    var raw = piped(bytes(values), "--hop", 32, "--rate", 16, "--format", "f32");
    assertThat(answers(raw.succeeds().out())).isEqualTo(expected);
  }

  /// Its weights are float32 whatever its training rounded to, and so is a stream.
  @ParameterizedTest
  @ValueSource(strings = {"bf16-mixed", "tf32"})
  void whatWasTrainedInLessStreamsInFloat32(String precision) {
    Emulator.file(); // or a skip
    var words = new ArrayList<Object>(List.of("train", temp.resolve("net.yaml")));
    words.addAll(List.of("--run", precision, "--output-dir", temp));
    words.addAll(List.of("--set", "train.precision=" + precision));
    words.addAll(List.of("--set", "device=cuda-emulated"));
    run(words.toArray()).succeeds();
    var run = temp.resolve("net").resolve(precision);
    List<double[]> processors = List.of();
    for (String device : List.of("cpu", "cuda-emulated")) {
      var said = run("stream", run, "--device", device, "--hop", 64, "--input", signal);
      var outputs = said.succeeds().out().lines().map(StreamTest::output).toList();
      assertThat(outputs).hasSize(4);
      for (int i = 0; i < processors.size(); i++) {
        assertThat(outputs.get(i)).containsExactly(processors.get(i), within(1e-5));
      }
      processors = outputs;
    }
  }

  private static double[] output(String line) {
    var output = json(line).path("output");
    return new double[] {output.path(0).asDouble(), output.path(1).asDouble()};
  }

  @Test
  void channelsArePicked() throws IOException {
    var two = new float[2 * SAMPLES];
    for (int i = 0; i < SAMPLES; i++) {
      two[2 * i + 1] = values[i];
    }
    var stereo = npy("picked.npy", two, SAMPLES, 2);
    assertThat(answers(stream("--hop", 16, "--input", stereo, "--take", 1).succeeds().out()))
        .isEqualTo(answers(stream("--hop", 16, "--input", signal).succeeds().out()));
  }

  @Test
  void aSnapshotGoesOnInAnotherProcess() throws Exception {
    var whole = answers(stream("--hop", 16, "--input", signal).succeeds().out());
    var first = npy("first.npy", Arrays.copyOf(values, 137), 137);
    var rest = npy("rest.npy", Arrays.copyOfRange(values, 137, SAMPLES), SAMPLES - 137);
    var state = temp.resolve("state");
    var before =
        answers(stream("--hop", 16, "--input", first, "--snapshot", state).succeeds().out());
    var file = temp.resolve("rest.json");
    try (var child =
        Child.start(
            "",
            "stream",
            trained,
            "--device",
            "cpu",
            "--hop",
            16,
            "--input",
            rest,
            "--restore",
            state,
            "--output",
            file)) {
      assertThat(child.await()).as(child.err()).isZero();
    }
    assertThat(before).isEqualTo(whole.subList(0, before.size()));
    assertThat(answers(Files.readString(file)))
        .isEqualTo(whole.subList(before.size(), whole.size()));
    stream("--hop", 32, "--input", rest, "--restore", state)
        .fails(7, "the snapshot is of another network, window, hop");
  }

  @Test
  void aReaderThatGoesAwayIsNoError() {
    var err = new StringWriter();
    var line = Main.commandLine("stream");
    var gone =
        new OutputStream() {
          @Override
          public void write(int b) throws IOException {
            throw new IOException("Broken pipe");
          }
        };
    line.setOut(new PrintWriter(gone, false, StandardCharsets.UTF_8)).setErr(new PrintWriter(err));
    int code =
        Main.run(
            line,
            "stream",
            trained.toString(),
            "--device",
            "cpu",
            "--hop",
            "16",
            "--input",
            signal.toString());
    assertThat(code).isZero();
    assertThat(err.toString()).doesNotContain("error").doesNotContain("answers;");
  }

  @Test
  void theProcesssOwnOutputTellsThatItsReaderWentAwayToo() {
    var before = System.out;
    var err = new StringWriter();
    var gone =
        new OutputStream() {
          @Override
          public void write(int b) throws IOException {
            throw new IOException("Broken pipe");
          }
        };
    System.setOut(new PrintStream(gone, false, StandardCharsets.UTF_8));
    try {
      var line = Main.commandLine("stream").setErr(new PrintWriter(err));
      var state = temp.resolve("half.snapshot");
      var text = "stream %s --hop 16 --input %s --snapshot %s".formatted(trained, signal, state);
      assertThat(Main.run(line, text.split(" "))).isZero();
      assertThat(state).doesNotExist(); // what was pushed is half a piece
    } finally {
      System.setOut(before);
    }
    assertThat(err.toString()).doesNotContain("error").doesNotContain("answers;");
  }

  @Test
  void channelsTrainedInAnotherOrderAreNotGuessed() throws IOException {
    var both = npy("both.npy", values, SAMPLES / 2, 2);
    Files.writeString(temp.resolve("events.csv"), "40\n90\n130\n");
    var config =
        write(
            temp,
            "order.yaml",
            """
            experiment: order
            model: {name: conv1d_beats}
            data:
              name: signal
              root: .
              batch_size: 4
              signal: {file: both.npy, rate: 10, channels: [1, 0], window: 40, hop: 8,
                       target: columns, stride: 8}
            train: {epochs: 1}
            device: cpu
            shift: {protocols: []}
            """);
    run("train", config, "--run", "r", "--output-dir", temp).succeeds();
    var run = temp.resolve("order/r");
    run("stream", run, "--hop", 8, "--input", both)
        .fails(4, "trained on [1, 0] of as many: say --take 1,0", "already, --take 0,1");
    var named = run("stream", run, "--hop", 8, "--input", both, "--take", "1,0").succeeds();
    var other = run("stream", run, "--hop", 8, "--input", both, "--take", "0,1").succeeds();
    assertThat(answers(named.out())).isNotEmpty().isNotEqualTo(answers(other.out()));
    var line = json(named.out().lines().findFirst().orElseThrow());
    var column = line.path("columns").path(0);
    assertThat(line.path("classes").path(0).asString())
        .isEqualTo(column.path(1).asDouble() > column.path(0).asDouble() ? "event" : "none");
  }

  @Test
  void aFileThatCannotBeWrittenIsAnError() throws IOException {
    stream("--hop", 16, "--input", signal, "--output", temp.resolve("no/lines.json"))
        .fails(9, "cannot be written");
    stream("--hop", 16, "--input", signal, "--output", temp).fails(9, "cannot be written");
    var early = stream("--hop", 16, "--input", signal, "--snapshot", temp.resolve("no/state"));
    early.fails(9, "cannot be written");
    assertThat(early.out()).isEmpty();
    var full = Path.of("/dev/full");
    if (Files.isWritable(full)) {
      stream("--hop", 16, "--input", signal, "--output", full).fails(9, "is the disk full?");
    }
  }

  @Test
  void missingSamples() {
    var text = csv(values, 0, 70) + "gap 10\n" + csv(values, 80, 180);
    var held = values.clone();
    Arrays.fill(held, 70, 80, values[69]);
    var expected = answers(piped(text(csv(held, 0, 180)), "--hop", 16).succeeds().out());
    var said = piped(text(text), "--hop", 16, "--missing", "hold").succeeds();
    assertThat(answers(said.out())).isEqualTo(expected);
    var reset = piped(text(text), "--hop", 16, "--missing", "reset").succeeds();
    assertThat(reset.out().lines().map(l -> json(l).path("sample").asInt()))
        .containsExactly(64, 144, 160, 176);
    var refused = piped(text(text), "--hop", 16);
    assertThat(refused.code()).isEqualTo(4);
    assertThat(refused.err()).contains("10 samples are missing from 70 on");
  }

  private static byte[] text(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @Test
  void mistakesAreOneLine() throws IOException {
    var stereo = npy("stereo.npy", values, SAMPLES / 2, 2);
    stream("--hop", 16, "--input", stereo)
        .fails(4, "stereo.npy has 2 channels, the network takes 1");
    stream("--hop", 16, "--input", stereo, "--take", "0,1").fails(4, "and --take names 2");
    stream("--hop", 16, "--input", stereo, "--take", "2").fails(4, "and no channel 2");
    stream("--hop", 16, "--input", stereo, "--take", "1,1").fails(2, "names a channel twice");
    piped(bytes(values), "--hop", 16, "--format", "f32", "--channels", 2)
        .fails(4, "standard input has 2 channels, the network takes 1");
    stream("--hop", 16, "--input", signal, "--channels", 3)
        .fails(4, "has 1 channel, and --channels says 3");
    stream("--hop", 8, "--input", signal).fails(3, "take 16, or allow it (--misaligned)");
    stream("--hop", 24, "--input", signal).fails(3, "hop 24 is no multiple", "take 16 or 32");
    stream("--hop", 0, "--input", signal).fails(2, "--hop must be 1 or more");
    stream("--hop", 16, "--input", temp.resolve("no.npy")).fails(4, "no.npy");
    run("stream", temp, "--hop", 16).fails(7, "not a checkpoint");
    stream("--hop", 16, "--input", signal, "--restore", signal)
        .fails(7, "signal.npy: no snapshot of a stream");
    piped(text("1\nbanana\n"), "--hop", 16).fails(4, "line 2: \"banana\" is no number");
    piped(text("1\n2,3\n"), "--hop", 16).fails(4, "line 2: has 2 numbers");
    piped(text("1\nnan\n"), "--hop", 16).fails(4, "channel 0: sample 1 is no number");
    piped(new byte[5], "--hop", 16, "--format", "i16").fails(4, "ends within a sample");
    stream("--hop", 16, "--input", signal, "--band", 0).fails(2, "--band must be above 0");
    var odd = stream("--hop", 24, "--input", signal, "--misaligned").succeeds();
    assertThat(odd.err())
        .contains("hop 24 is no multiple of the stride 16")
        .contains("takes 2 columns of 8 samples of a map that a nonlinearity made")
        .contains("without --band HZ");
    var bounded = stream("--hop", 24, "--input", signal, "--misaligned", "--band", 1, "--rate", 64);
    assertThat(bounded.succeeds().err()) // 2 pi 1 / (64 / 8)
        .contains("is off by 0.785 times the amplitude at most")
        .doesNotContain("without --band");
    var samples =
        odd.out()
            .lines()
            .map(l -> json(l).path("sample").asString())
            .collect(Collectors.joining(" "));
    assertThat(samples).startsWith("64 96 112 144 160"); // whole columns before each hop's end
    var none = piped(text("1\n2\n"), "--hop", 16).succeeds();
    assertThat(none.err()).contains("2 samples: no answer; the first comes after 64");
  }
}
