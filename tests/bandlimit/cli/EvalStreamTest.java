package bandlimit.cli;

import static bandlimit.cli.Program.run;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import bandlimit.device.DeviceOptions;
import bandlimit.device.Devices;
import bandlimit.error.DataException;
import bandlimit.eval.StreamReport;
import bandlimit.store.Json;
import bandlimit.store.Npy;
import bandlimit.tensor.HostTensor;
import bandlimit.tensor.Shape;
import bandlimit.train.Checkpoint;
import bandlimit.train.LoadedNetwork;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `eval --stream` of networks that decide on columns and of those that answer windows.
class EvalStreamTest {
  private static final int LENGTH = 6000;
  private static final int TEST = 4000; // where the test part begins

  @TempDir private static Path folder;
  private static final float[] SIGNAL = new float[LENGTH];

  @BeforeAll
  static void train() throws IOException {
    var data = ByteBuffer.allocate(4 * LENGTH).order(ByteOrder.LITTLE_ENDIAN);
    var events = new StringBuilder();
    var random = new Random(3);
    for (int t = 0; t < LENGTH; t++) {
      double beat = t % 90 == 50 ? 3 : t % 90 == 51 ? -1 : 0;
      SIGNAL[t] = (float) (beat + 0.05 * random.nextGaussian());
      data.putFloat(SIGNAL[t]);
      events.append(t % 90 == 50 ? t + "\n" : "");
    }
    Npy.write(folder.resolve("signal.npy"), Npy.Type.F32, List.of(LENGTH), data.array());
    Files.writeString(folder.resolve("events.csv"), events.toString());
    train(
        "beats",
        "conv1d_beats",
        "window: 160, hop: 80, context: 232, target: columns, stride: 8," + " radius: 8, delay: 16",
        4);
    train("windows", "conv1d_ppg", "window: 64, hop: 32, context: 320", 1);
  }

  private static void train(String name, String model, String signal, int epochs)
      throws IOException {
    var config =
        Program.write(
            folder,
            name + ".yaml",
            """
            experiment: %s
            device: cpu
            model: {name: %s, padding: signal}
            data: {name: signal, root: ".", batch_size: 4, signal: {rate: 100, %s}}
            train: {epochs: %d}
            optimizer: {lr: 0.05}
            shift: {protocols: []}
            """
                .formatted(name, model, signal, epochs));
    run("train", config, "--run", "r", "--output-dir", folder, "-q").succeeds();
  }

  private static Path trained(String name) {
    return folder.resolve(name).resolve("r");
  }

  private static StreamReport report(String name, Object... more) {
    var all = new ArrayList<Object>(List.of("eval", trained(name), "--stream", "--save"));
    all.addAll(List.of(more));
    run(all.toArray()).succeeds();
    return StreamReport.read(trained(name).resolve("stream.json"));
  }

  @Test
  void aStreamDecidesAsWindowsDo() throws IOException {
    for (int hop : new int[] {8, 40, 72}) {
      var exact = report("beats", "--hop", hop, "--device", "reference");
      assertThat(exact.samples()).isEqualTo(2000);
      assertThat(exact.windows().largest()).isZero();
      assertThat(exact.windows().answers()).isGreaterThan(200);
      var events = exact.events().orElseThrow();
      assertThat(events.both()).isEqualTo(events.found()).isPositive();
      assertThat(events.apartMs()).isZero();
      assertThat(events.stream()).isEqualTo(events.windows());
      assertThat(exact.phases()).isEmpty();
      assertThat(exact.errors()).isEmpty();
    }
    var said = run("eval", trained("beats"), "--stream", "--noise", 20, "--save").succeeds();
    assertThat(said.out())
        .contains("2000 samples (20.0 s)", "answers of 11: outputs", "decisions alike")
        .contains("found by full inference too", "latency       median");
    var report = StreamReport.read(trained("beats").resolve("stream.json"));
    assertThat(report.hop()).isEqualTo(8); // a column
    assertThat(report.noise().orElseThrow().decibels()).isEqualTo(20);
    assertThat(report.windows().nrmse()).isLessThan(1e-5);
    assertThat(report.latency().counts().stream().mapToInt(c -> c).sum())
        .isEqualTo(report.answers());
    assertThat(report.excerpt().signal()).hasSize(1000);
    assertThat(report.excerpt().truth()).hasSize(11);
    String page = page("beats");
    assertThat(page).contains("<h2>Streaming</h2>", "<h2>Events</h2>", "class=\"truth\"");
  }

  private static String page(String name) throws IOException {
    Path page = folder.resolve(name + ".html");
    run("report", trained(name), "-o", page).succeeds();
    return Files.readString(page);
  }

  @Test
  void anotherPhaseDiffersAndIsBounded() throws IOException {
    var report = report("beats", "--hop", 12, "--misaligned", "--band", 1, "--device", "reference");
    assertThat(report.windows().largest()).isZero(); // of one pass, whatever the hop
    var phases = report.phases().orElseThrow();
    assertThat(phases.windows()).isGreaterThan(10);
    assertThat(phases.nrmse()).isGreaterThan(1e-3);
    assertThat(report.errors()).hasSize(1); // 12 is aligned for strides of 2 and 4
    assertThat(report.errors().getFirst().relative())
        .isCloseTo(2 * Math.PI * 4 / 100, within(1e-12));
    assertThat(page("beats")).contains("the published bound says");
  }

  @Test
  void answersOfWindowsAgreeToo() throws IOException {
    var exact = report("windows", "--device", "reference");
    assertThat(exact.hop()).isEqualTo(32);
    assertThat(exact.windows().largest()).isZero();
    assertThat(exact.windows().windows()).isEqualTo((2000 - 320 - 64) / 32 + 1);
    assertThat(exact.events()).isEmpty();
    assertThat(exact.trace().orElseThrow().stream())
        .isEqualTo(exact.trace().orElseThrow().full())
        .isNotEmpty();
    assertThat(page("windows")).contains("output &quot;event&quot;");
    var odd = report("windows", "--hop", 24, "--misaligned", "--device", "reference");
    assertThat(odd.windows().largest()).isZero(); // windows that the answers speak of
    assertThat(odd.phases().orElseThrow().largest()).isPositive(); // windows that were asked for
    assertThat(odd.phases().orElseThrow().windows()).isPositive();
  }

  @Test
  void theCommandAnswersAsFullInference() throws IOException {
    int context = 232;
    int window = 160;
    var part = ByteBuffer.allocate(4 * 1000).order(ByteOrder.LITTLE_ENDIAN);
    for (int t = 0; t < 1000; t++) {
      part.putFloat(SIGNAL[TEST + t]);
    }
    Npy.write(folder.resolve("part.npy"), Npy.Type.F32, List.of(1000), part.array());
    var lines =
        run(
                "stream",
                trained("beats"),
                "--hop",
                8,
                "--device",
                "reference",
                "--input",
                folder.resolve("part.npy"))
            .succeeds()
            .out()
            .lines()
            .map(l -> Json.parse(l.getBytes(StandardCharsets.UTF_8), "out", DataException::new))
            .toList();
    assertThat(lines.getFirst().path("sample").asInt()).isEqualTo(context + 8);
    var found = Checkpoint.open(trained("beats"), "best");
    try (var choice = Devices.open("reference", DeviceOptions.of(found.trainConfig()));
        var network = LoadedNetwork.open(found, choice.backend(), 1)) {
      for (int start = 0; start + context + window <= 1000; start += window) {
        var samples = new float[context + window];
        System.arraycopy(SIGNAL, TEST + start, samples, 0, samples.length);
        var logits =
            network.classifier().logits(HostTensor.of(Shape.of(1, 1, samples.length, 1), samples));
        for (int c = 0; c < window / 8; c++) {
          var column = lines.get(start / 8 + c).path("columns").get(0);
          assertThat((float) column.get(1).asDouble()).isEqualTo((float) logits.get(2 * c + 1));
        }
      }
    }
  }

  @Test
  void mistakes() {
    run("eval", trained("beats"), "--stream", "--hop", 12)
        .fails(3, "hop 12 is no multiple of the network's stride 8");
    run("eval", trained("beats"), "--stream", "--hop", 0).fails(2, "--hop must be 1 or more");
    run("eval", trained("beats"), "--hop", 8).fails(2, "belong to --stream");
    run("eval", trained("beats"), "--stream", "--phases").fails(2, "takes the whole test part");
  }
}
