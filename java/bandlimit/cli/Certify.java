package bandlimit.cli;

import bandlimit.certify.Certificate;
import bandlimit.certify.Certifier;
import bandlimit.certify.Images;
import bandlimit.certify.Kind;
import bandlimit.config.ConfigFile;
import bandlimit.config.TrainConfig;
import bandlimit.data.DataSpec;
import bandlimit.data.Datasets;
import bandlimit.data.Normalization;
import bandlimit.data.Split;
import bandlimit.device.Devices;
import bandlimit.error.CheckpointException;
import bandlimit.error.DataException;
import bandlimit.error.VerificationException;
import bandlimit.eval.Network;
import bandlimit.store.Json;
import bandlimit.tensor.DType;
import bandlimit.tensor.Shape;
import bandlimit.tensor.TensorType;
import bandlimit.train.Checkpoint;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `bandlimit certify`: which translations a network does not see, by its operations and measured.
@Command(
    name = "certify",
    description = {
      "Says which circular translations cannot change a network's answer, which layer ends the",
      "guarantee, and measures it: logits under translations, and each layer's own error and",
      "aliasing. docs/certify.md says how."
    },
    mixinStandardHelpOptions = true)
final class Certify implements Callable<Integer> {
  private static final int LIMIT = 64;

  @Spec private CommandSpec spec;

  @Parameters(
      paramLabel = "CHECKPOINT|CONFIG",
      description = "A run folder, a checkpoint in it, or a config: its untrained networks.")
  private Path path = Path.of("");

  @Option(
      names = "--set",
      paramLabel = "KEY=VALUE",
      description = "Override a key of a config, such as model.antialias.kind=ideal.")
  private List<String> overrides = List.of();

  @Option(
      names = "--shifts",
      split = ",",
      paramLabel = "KIND",
      description = "integer, half, quarter, third, real; the default is all.")
  private List<Kind> kinds = List.of(Kind.values());

  @Option(
      names = "--require",
      paramLabel = "SHARE",
      description =
          "Exit with 8 when a logit changes by more than this share of the logits' range.")
  private Optional<Double> require = Optional.empty();

  @Option(
      names = "--limit",
      paramLabel = "N",
      description = "Push N samples through; default ${DEFAULT-VALUE}.")
  private int limit = LIMIT;

  @Option(names = "--no-layers", description = "Do not measure each layer.")
  private boolean noLayers;

  @Option(
      names = "--seed",
      description =
          "What samples, noise and random translations are drawn from; default ${DEFAULT-VALUE}.")
  private long seed = 0;

  @Option(
      names = "--checkpoint",
      paramLabel = "NAME",
      description = "Which one of a run folder, best or last; default ${DEFAULT-VALUE}.")
  private String which = "best";

  @Option(
      names = "--data-root",
      paramLabel = "DIR",
      description = "Where the data set lies here, if not where the config says.")
  private Optional<Path> root = Optional.empty();

  @Mixin private NetworkOptions networks = new NetworkOptions();

  @Option(names = "--device", description = "auto, cpu, reference or cuda; default auto.")
  private String device = "auto";

  @Option(names = "--save", description = "Put the result into the run folder, for the report.")
  private boolean save;

  @Option(names = "--json", description = "Print one JSON object a network in place of text.")
  private boolean json;

  @Option(names = "--no-progress", description = "No bar.")
  private boolean noProgress;

  /// A network and where it came from.
  private record Subject(
      String name, Network network, DataSpec data, boolean real, Certifier.Weights weights) {}

  @Override
  public Integer call() {
    check();
    var subjects = Files.isRegularFile(path) ? untrained() : List.of(trained());
    var failures = new ArrayList<String>();
    for (Subject subject : subjects) {
      var certificate = certify(subject);
      print(subject, certificate);
      if (save) {
        certificate.write(path.resolve("certificate.json"));
      }
      failures.addAll(failures(subject, certificate));
    }
    if (!failures.isEmpty()) {
      spec.commandLine().getOut().flush();
      throw new VerificationException(failures.getFirst());
    }
    return 0;
  }

  private void check() {
    networks.check(spec);
    if (limit < 1) {
      throw new ParameterException(spec.commandLine(), "--limit must be 1 or more");
    }
    if (require.isPresent() && !(require.get() >= 0)) {
      throw new ParameterException(spec.commandLine(), "--require must be 0 or more");
    }
    if (!which.equals("best") && !which.equals("last")) {
      throw new ParameterException(
          spec.commandLine(), "--checkpoint is best or last, got " + which);
    }
    if (save && !Files.isDirectory(path.resolve("checkpoints"))) {
      throw new CheckpointException(path + ": --save writes into a run folder, and this is none");
    }
  }

  private Subject trained() {
    var found = Checkpoint.open(path, which);
    var config = found.trainConfig();
    var network = found.network().network(config);
    return new Subject(
        found.folder().toString(),
        network,
        spec(config),
        !networks.given(),
        (executable, variables) -> found.restoreWeights(executable, variables, found.hasEma()));
  }

  private List<Subject> untrained() {
    var subjects = new ArrayList<Subject>();
    for (var variant : ConfigFile.load(path, overrides, Overrides.known()).variants()) {
      var config = variant.config();
      String name = path + variant.name().map(n -> " " + n).orElse("") + ", untrained";
      subjects.add(
          new Subject(
              name,
              network(config),
              spec(config),
              !networks.given(),
              Certifier.Weights.initial(config.seed())));
    }
    return subjects;
  }

  private DataSpec spec(TrainConfig config) {
    var data = config.data().spec();
    return root.map(r -> data.withRoot(r.toString())).orElse(data);
  }

  /// For the samples of the config's data set; where that is not here, for those that the network
  /// was published for.
  private Network network(TrainConfig config) {
    if (networks.given()) {
      return networks.network(config, config.model());
    }
    try {
      var data = Datasets.open(spec(config), Split.TEST);
      return Network.of(config, data);
    } catch (DataException e) {
      var entry = bandlimit.model.Models.entry(config.model().name());
      var input =
          config
              .data()
              .imageSize()
              .map(s -> Shape.of(s, s, entry.input().c()))
              .orElse(entry.input());
      var names = IntStream.range(0, entry.classes()).mapToObj(i -> "class " + i).toList();
      var numbers =
          config.loss().isRegression()
              ? Optional.of(Normalization.uniform(names.size(), 0, 1))
              : Optional.<Normalization>empty();
      return Network.of(
          config,
          config.model(),
          new TensorType(DType.U8, input),
          Normalization.uniform(input.at(2), 0.5, 0.25),
          names,
          numbers);
    }
  }

  private Certificate certify(Subject subject) {
    var network = subject.network;
    var progress = TerminalProgress.on(spec.commandLine().getErr(), !noProgress);
    try (var choice = Devices.open(device)) {
      var images = images(subject);
      progress.begin("Certifying", 1);
      var result =
          Certifier.run(
              network.layer(),
              network.sample().shape(),
              choice.backend(),
              subject.weights,
              images,
              new Certifier.Options(kinds, seed, !noLayers),
              (done, total) -> progress.step(done, "of " + total));
      progress.end();
      return result;
    }
  }

  private Images images(Subject subject) {
    var network = subject.network;
    if (subject.real) {
      try {
        var data = Datasets.open(subject.data, Split.TEST);
        if (data.sampleType().shape().equals(network.sample().shape())) {
          return Images.of(data, network.normalization(), limit, seed);
        }
      } catch (DataException e) {
        spec.commandLine().getErr().println("no data: " + e.getMessage());
      }
    }
    return Images.generated(network.sample(), network.normalization(), limit, seed);
  }

  private List<String> failures(Subject subject, Certificate certificate) {
    var failures = new ArrayList<String>();
    certificate.contradictions().forEach(text -> failures.add(subject.name + ": " + text));
    if (require.isPresent() && !(certificate.worst() <= require.get())) {
      failures.add(
          String.format(
              Locale.ROOT,
              "%s: a logit changes by %.2e of the logits' range, --require is %s; the guarantee is"
                  + " %s",
              subject.name,
              certificate.worst(),
              require.get(),
              certificate.structure().guarantee()));
    }
    return failures;
  }

  private void print(Subject subject, Certificate certificate) {
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      var fields = new LinkedHashMap<String, Object>();
      fields.put("network", subject.name);
      fields.put("worst", certificate.worst());
      fields.put("certificate", certificate);
      out.println(Json.line(Json.object(fields)));
    } else {
      out.println(subject.name);
      new CertificateTable(out).print(certificate);
    }
    out.flush();
  }
}
