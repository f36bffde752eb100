package bandlimit.cli;

import static bandlimit.cli.Program.assertSameWeights;
import static bandlimit.cli.Program.run;
import static bandlimit.cli.Program.write;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import bandlimit.backend.cpu.CpuBackend;
import bandlimit.config.ConfigFile;
import bandlimit.data.Datasets;
import bandlimit.data.Loader;
import bandlimit.data.SignalDataset;
import bandlimit.data.Split;
import bandlimit.error.DataException;
import bandlimit.error.PreemptedException;
import bandlimit.predict.Predictor;
import bandlimit.store.Csv;
import bandlimit.store.Json;
import bandlimit.store.Npy;
import bandlimit.train.Checkpoint;
import bandlimit.train.Environment;
import bandlimit.train.LoadedNetwork;
import bandlimit.train.Progress;
import bandlimit.train.TrainingRun;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// A rate in beats a minute from a noisy wave whose frequency drifts: trained, measured, streamed.
class RegressionTest {
  private static final int RATE = 32;
  private static final int LENGTH = 14_400;

  @TempDir private static Path temp;
  private static Path config = Path.of("");
  private static Path trained = Path.of("");

  @BeforeAll
  static void trainOnAWave() throws IOException {
    var random = new Random(3);
    var data = ByteBuffer.allocate(4 * LENGTH).order(ByteOrder.LITTLE_ENDIAN);
    var rates = new StringBuilder("sample,bpm\n");
    double phase = 0;
    for (int t = 0; t < LENGTH; t++) {
      double turns = 2 * Math.PI * t / LENGTH;
      double hertz = 1.4 + 0.4 * Math.sin(11.3 * turns) + 0.2 * Math.sin(31.7 * turns + 1);
      phase += 2 * Math.PI * hertz / RATE;
      double x = Math.sin(phase) + 0.3 * Math.sin(2 * phase) + 0.3 * random.nextGaussian();
      data.putFloat((float) x);
      if (t % 32 == 0) {
        rates.append(t).append(',').append(60 * hertz).append('\n');
      }
    }
    Npy.write(temp.resolve("signal.npy"), Npy.Type.F32, List.of(LENGTH), data.array());
    write(temp, "bpm.csv", rates.toString());
    config =
        write(
            temp,
            "rate.yaml",
            """
            experiment: rate
            seed: 1
            device: cpu
            model: {name: conv1d_ppg, padding: signal, dropout: 0}
            data:
              name: signal
              root: .
              batch_size: 16
              signal: {targets: bpm.csv, rate: 32, window: 64, hop: 16, context: 320}
            loss: {name: huber, delta: 10}
            train: {epochs: 4}
            optimizer: {name: adamw, lr: 1e-3, weight_decay: 0}
            shift: {protocols: []}
            """);
    run("train", config, "--run", "r", "--output-dir", temp).succeeds();
    trained = temp.resolve("rate/r");
  }

  private static JsonNode json(String line) {
    return Json.parse(line.getBytes(StandardCharsets.UTF_8), "stdout", DataException::new);
  }

  @Test
  void itLearnsTheRateAndSaysHowWell() throws IOException {
    var rows = Csv.read(trained.resolve("summary.csv"));
    assertThat(rows.columns())
        .containsExactly(
            "epoch",
            "train_loss",
            "eval_loss",
            "eval_mae",
            "eval_rmse",
            "lr",
            "time_s",
            "images_per_s");
    assertThat(Checkpoint.open(trained, "best").state().best()).containsKey("eval/mae");
    var found = json(run("eval", trained, "--json").succeeds().out());
    double constant = found.path("constant").path("mae").asDouble();
    assertThat(found.path("mae").asDouble()).isLessThan(constant / 2);
    assertThat(found.path("mae").asDouble())
        .isCloseTo(Double.parseDouble(rows.rows().getLast().get("eval_mae")), within(1e-6));
    assertThat(found.path("stretch").asInt()).isEqualTo(4);
    assertThat(run("eval", trained).succeeds().out())
        .contains("eval/mae ", "stretches of 4 windows", "always the mean of training: mae");
    assertThat(Files.readString(trained.resolve("train.log"))).contains("  MAE: ", "  RMSE: ");
    assertThat(Files.readString(trained.resolve("events.jsonl"))).contains("\"eval/rmse\":");
    assertThat(Files.readString(trained.resolve("report.html")))
        .contains("Mean absolute error")
        .doesNotContain("est top-1");
    assertThat(trained.resolve("events.json")).doesNotExist();
  }

  @Test
  void streamAndPredictorSayTheNumbersOfWindows() {
    var streamed = new HashMap<Integer, Double>();
    run("stream", trained, "--hop", 16, "--input", temp.resolve("signal.npy"), "--device", "cpu")
        .succeeds()
        .out()
        .lines()
        .map(RegressionTest::json)
        .forEach(
            line ->
                streamed.put(line.path("sample").asInt(), line.path("output").path(0).asDouble()));
    var settings = ConfigFile.load(config).single();
    var test = (SignalDataset) Datasets.open(settings.data().spec(), Split.TEST);
    try (var backend = new CpuBackend(2);
        var predictor = Predictor.load(trained, "cpu");
        var network = LoadedNetwork.open(Checkpoint.open(trained, "best"), backend, 16);
        var loader = Loader.evaluation(test, 16, 1)) {
      for (loader.startEpoch(0, 0); loader.next(); ) {
        var values = network.classifier().logits(loader.batch().images());
        for (int row = 0; row < loader.batch().count(); row++) {
          int index = (int) loader.batch().indices().get(row);
          int end = test.start(index) + 64;
          double predicted = predictor.values(List.of(test.image(index))).getFirst()[0];
          assertThat(predicted).isCloseTo(values.get(row), within(2e-4));
          assertThat(streamed.get(end)).isCloseTo(values.get(row), within(2e-4));
          assertThat(values.get(row)).as("beats a minute").isBetween(30.0, 150.0);
        }
      }
    }
  }

  @Test
  void predictIsForImages() {
    run("predict", trained, temp.resolve("signal.npy"), "--device", "cpu")
        .fails(3, "is a network of signals; see bandlimit stream");
  }

  @Test
  void stoppedAndContinuedItIsTheSameRun() throws IOException {
    var overrides = List.of("data.limit=96", "train.epochs=2");
    var settings = ConfigFile.load(config, overrides, ConfigFile.KnownNames.ANY).single();
    var whole = temp.resolve("whole");
    var broken = temp.resolve("broken");
    train(TrainingRun.Request.start(settings, "", whole), Integer.MAX_VALUE);
    assertThatThrownBy(() -> train(TrainingRun.Request.start(settings, "", broken), 9))
        .isInstanceOf(PreemptedException.class);
    train(TrainingRun.Request.resume(settings, broken), Integer.MAX_VALUE);
    assertSameWeights(whole, broken);
    var summaries = new String[2];
    for (int i = 0; i < 2; i++) {
      summaries[i] =
          Csv.read((i == 0 ? whole : broken).resolve("summary.csv")).rows().stream()
              .map(row -> row.get("train_loss") + " " + row.get("eval_mae"))
              .toList()
              .toString();
    }
    assertThat(summaries[1]).isEqualTo(summaries[0]);
  }

  private static void train(TrainingRun.Request request, int most) {
    var asked = new AtomicInteger();
    var console =
        new TrainingRun.Console(_ -> {}, Progress.NONE, () -> asked.incrementAndGet() == most);
    try (var backend = new CpuBackend(2)) {
      TrainingRun.train(request, backend, Environment.of(backend), console);
    }
  }

  private static Program.Said tried(String... overrides) {
    var args = new java.util.ArrayList<Object>(List.of("train", config, "--output-dir", temp));
    for (String override : overrides) {
      args.addAll(List.of("--set", override));
    }
    return run(args.toArray());
  }

  @Test
  void mistakesAreOneLine() throws IOException {
    tried("loss.name=cross_entropy")
        .fails(
            3, "loss.name: cross_entropy is for classes, but the targets of the data set signal");
    tried("model.num_classes=2").fails(3, "model.num_classes is 2, but 1 numbers");
    tried("data.signal.targets=no.csv").fails(4, "no file no.csv");
    tried("data.signal.targets=null", "data.signal.events=bpm.csv")
        .fails(3, "loss.name: huber is for numbers, but the data set signal gives classes");
    assertThat(tried("data.signal.radius=2").err()).contains("labels and radius are of events");
    write(temp, "gap.csv", "0,70\n32,nan\n");
    tried("data.signal.targets=gap.csv").fails(4, "gap.csv, line 2: the target \"nan\" is no");
    write(temp, "wide.csv", "0,70\n32,70,1\n");
    tried("data.signal.targets=wide.csv").fails(4, "wide.csv, line 2: a sample number and 1");
    write(temp, "late.csv", "sample,bpm\n14399,70\n");
    tried("data.signal.targets=late.csv").fails(4, "no window of the train part has a target");
    Npy.write(temp.resolve("short.npy"), Npy.Type.F32, List.of(2), new byte[8]);
    tried("data.signal.targets=short.npy").fails(4, "short.npy has 2 rows, but signal.npy has");
    run("eval", trained, "--shift", "circular").fails(2, "this network tells numbers");
    run("eval", trained, "--phases").fails(2, "this network tells numbers");
  }
}
