package bandlimit.report;

import bandlimit.certify.Certificate;
import bandlimit.certify.Kind;
import bandlimit.certify.Structure;
import bandlimit.config.ConfigFile;
import bandlimit.config.TrainConfig;
import bandlimit.data.DataSpec;
import bandlimit.data.Datasets;
import bandlimit.data.Split;
import bandlimit.eval.EventMatch;
import bandlimit.eval.EventReport;
import bandlimit.eval.FakeNetwork;
import bandlimit.eval.ShiftEvaluation;
import bandlimit.eval.ShiftReport;
import bandlimit.eval.StreamReport;
import bandlimit.model.Explanation;
import bandlimit.model.ModelSpec;
import bandlimit.store.Json;
import bandlimit.stream.PhaseError;
import bandlimit.tensor.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.Stream;

/// Run folders as training leaves them, without training: a plain run and a blurred one.
///
/// The plain "network" looks at every fourth pixel, the blurred one at averages of 8 x 8, so that
/// their shift reports differ as such networks do.
final class RunFolders {
  private static final int SAMPLES = 160;

  private RunFolders() {}

  static List<Path> write(Path root) {
    String config =
        """
        experiment: fixture
        seed: 3
        model: {name: resnet20}
        data: {name: shapes, train_size: 5000, test_size: 160}
        train: {epochs: 8}
        optimizer: {lr: 0.05}
        schedule: {name: cosine}
        variants:
          - name: plain
          - name: bin5
            set: {model.antialias: {kind: lowpass, taps: 5}}
        """;
    var file =
        ConfigFile.parse(
            config, root.resolve("fixture.yaml"), List.of(), ConfigFile.KnownNames.ANY);
    return file.variants().stream()
        .map(v -> write(root, v.name().orElseThrow(), v.config()))
        .toList();
  }

  private static Path write(Path root, String name, TrainConfig config) {
    boolean plain = name.equals("plain");
    Path folder = root.resolve("20260101-120000-resnet20-" + name);
    try {
      Files.createDirectories(folder);
      Files.writeString(folder.resolve("config.yaml"), config.toYaml());
      Files.writeString(folder.resolve("summary.csv"), summary(plain));
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
    Json.write(folder.resolve("env.json"), environment());
    var spec = ModelSpec.of("resnet20", 8, Shape.of(32, 32, 3));
    Json.write(
        folder.resolve("layers.json"),
        layers(Explanation.of(spec.withAntialias(config.model().antialias()))));
    shift(plain).write(folder.resolve("shift.json"));
    certificate(plain).write(folder.resolve("certificate.json"));
    events(plain).write(folder.resolve("events.json"));
    stream(plain).write(folder.resolve("stream.json"));
    return folder;
  }

  private static EventReport events(boolean plain) {
    var network = match(plain ? 3 : 1);
    return new EventReport(
        EventReport.FORMAT,
        "signal",
        Optional.of(new EventReport.Noise(6, 0)),
        599.5,
        99.5,
        0.01,
        150,
        network,
        Optional.of(new EventReport.Phases(8, 190, 3.1, 6, 98, 97)),
        Optional.of(match(0)));
  }

  /// One beat a second and, where `astray`, some in between.
  private static EventMatch match(int astray) {
    var truth = new int[200];
    var found = new double[200 + astray];
    for (int i = 0; i < found.length; i++) {
      found[i] = 100.0 * i + 1;
      truth[Math.min(i, 199)] = 100 * Math.min(i, 199);
    }
    return EventMatch.of(found, truth, 0.15, 100);
  }

  private static StreamReport stream(boolean plain) {
    var signal = new ArrayList<Double>();
    for (int i = 0; i < 1000; i++) {
      signal.add(Math.sin(i * 0.05) + (i % 100 == 50 ? 3 : 0));
    }
    var truth = List.of(20.5, 21.5, 22.5);
    var output = new StreamReport.Output("event", plain ? 0 : 1e-6, plain ? 0 : 1e-8, 30);
    var agreement =
        new StreamReport.Agreement(10, 200, List.of(output), Optional.of(match(0).sensitivity()));
    return new StreamReport(
        StreamReport.FORMAT,
        "signal",
        "cpu: example",
        "delay",
        160,
        plain ? 12 : 8,
        8,
        0,
        100,
        Optional.empty(),
        2000,
        250,
        agreement,
        plain ? Optional.of(agreement) : Optional.empty(),
        plain
            ? List.of(new PhaseError("conv3", 2, 4, PhaseError.Reads.MAP, 0.5, Optional.empty()))
            : List.of(),
        Optional.of(new StreamReport.Events(150, match(1), match(1), 201, 201, 1e-5, 174)),
        new StreamReport.Latency(false, 0.02, 0.3, 40, 0.016, List.of(100, 140, 0, 9, 1)),
        80_000,
        3896,
        new StreamReport.Excerpt(20, 10, signal, truth, truth, List.of(20.5, 21.5)),
        plain
            ? Optional.of(
                new StreamReport.Trace(
                    "event",
                    List.of(1.0, 2.0, 3.0),
                    List.of(0.1, 0.4, 0.2),
                    List.of(0.1, 0.4, 0.2)))
            : Optional.empty());
  }

  private static Certificate certificate(boolean plain) {
    var structure =
        new Structure(
            "none: zero padding at conv1",
            "none: zero padding at conv1",
            -1,
            -1,
            List.of(new Structure.End("conv1", "zero padding", "both", "every real", "none")));
    var changes =
        Stream.of(Kind.values())
            .map(
                kind ->
                    new Certificate.Change(
                        kind.word(), kind.step(), 4, false, 0.5, plain ? 0.1 : 0.01, 0, 3, 20))
            .toList();
    var rows = new ArrayList<Certificate.Row>();
    for (int i = 0; i < 20; i++) {
      rows.add(
          new Certificate.Row(
              "layer1." + i,
              "Pointwise relu",
              "every integer circular translation",
              1,
              Optional.empty(),
              Optional.of(1e-7),
              Optional.of(0.3 / (i + 1)),
              i % 3 == 0 ? Optional.of((plain ? 0.2 : 0.02) / (i + 1)) : Optional.empty(),
              i == 7 ? "not moved: its input is less than a period" : ""));
    }
    return new Certificate(
        Certificate.FORMAT,
        structure,
        "cpu: example",
        "64 test samples of shapes",
        false,
        64,
        0,
        12.5,
        11.5,
        changes,
        rows,
        List.of());
  }

  private static Layers layers(Explanation explanation) {
    return new Layers(
        explanation.rows().stream()
            .map(
                r ->
                    new Layers.Row(
                        r.path(),
                        r.op(),
                        r.output().toString(),
                        r.parameters(),
                        r.macs(),
                        r.notes()))
            .toList(),
        new Layers.Totals(explanation.parameters(), explanation.macs()));
  }

  private static String summary(boolean plain) {
    var text =
        new StringBuilder(
            "epoch,train_loss,train_top1,eval_loss,eval_top1,eval_top5,lr,time_s,images_per_s\n");
    for (int epoch = 1; epoch <= 8; epoch++) {
      double loss = 1.9 * Math.exp(-0.35 * epoch) + (plain ? 0.18 : 0.21);
      double top1 = 96 - 60 * Math.exp(-0.5 * epoch) + (plain ? 0 : 0.8) - (epoch == 5 ? 4 : 0);
      double rate = 0.025 * (1 + Math.cos(Math.PI * (epoch - 1) / 8));
      text.append(
          "%d,%s,%s,%s,%s,%s,%s,%s,%s\n"
              .formatted(
                  epoch, loss, top1 - 2, loss + 0.08, top1, 99.5, rate, 12.5, plain ? 410 : 384));
    }
    return text.toString();
  }

  private static Map<String, Object> environment() {
    var fields = new LinkedHashMap<String, Object>();
    fields.put("bandlimit", "0.1.0");
    fields.put("java", "25.0.1 (Temurin)");
    fields.put("os", "Linux 6.1 amd64");
    fields.put("cpu", "Example CPU at 2.5 GHz");
    fields.put("cores", 2);
    fields.put("memoryBytes", 16L << 30);
    fields.put("device", "cpu: oneDNN 3.11, 2 threads, AVX-512");
    fields.put("deviceReason", "no usable GPU");
    fields.put("git", "0123456789ab");
    fields.put("command", List.of("bandlimit", "train", "fixture.yaml"));
    fields.put("started", "2026-01-01T12:00:00Z");
    return fields;
  }

  private static ShiftReport shift(boolean plain) {
    var data = Datasets.open(DataSpec.of("shapes").withSizes(100, SAMPLES), Split.TEST);
    int classes = data.classNames().size();
    var weights = new SplittableRandom(11).doubles(64L * 3 * classes, -1, 1).toArray();
    return ShiftEvaluation.run(
        FakeNetwork.classifier(
            64,
            32,
            32,
            3,
            classes,
            x -> project(features(x, plain), weights, classes, plain ? 0.02 : 0.035)),
        data,
        EnumSet.allOf(TrainConfig.Protocol.class),
        Optional.empty(),
        3,
        (_, _) -> {});
  }

  /// (8, 8, 3): every fourth pixel, or circular averages of 8 x 8 around it.
  private static double[] features(int[] x, boolean plain) {
    var features = new double[64 * 3];
    int reach = plain ? 1 : 8;
    for (int i = 0; i < features.length; i++) {
      int h = i / 3 / 8 * 4;
      int w = i / 3 % 8 * 4;
      double sum = 0;
      for (int k = 0; k < reach * reach; k++) {
        int y = (h + k / reach) % 32;
        sum += x[(y * 32 + (w + k % reach) % 32) * 3 + i % 3];
      }
      features[i] = sum / (reach * reach) - 128;
    }
    return features;
  }

  private static double[] project(double[] features, double[] weights, int classes, double gain) {
    var logits = new double[classes];
    for (int k = 0; k < classes; k++) {
      for (int i = 0; i < features.length; i++) {
        logits[k] += gain * 0.3 * weights[k * features.length + i] * features[i];
      }
    }
    return logits;
  }
}
