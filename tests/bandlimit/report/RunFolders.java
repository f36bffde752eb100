package bandlimit.report;

import bandlimit.certify.Certificate;
import bandlimit.certify.Kind;
import bandlimit.certify.Structure;
import bandlimit.config.ConfigFile;
import bandlimit.config.TrainConfig;
import bandlimit.data.DataSpec;
import bandlimit.data.Datasets;
import bandlimit.data.Split;
import bandlimit.eval.FakeNetwork;
import bandlimit.eval.ShiftEvaluation;
import bandlimit.eval.ShiftReport;
import bandlimit.model.Explanation;
import bandlimit.model.ModelSpec;
import bandlimit.store.Json;
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
    return folder;
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
