package bandlimit.cli;

import bandlimit.config.TrainConfig;
import bandlimit.config.TrainConfig.Protocol;
import bandlimit.data.Batch;
import bandlimit.data.DataSpec;
import bandlimit.data.Dataset;
import bandlimit.data.Datasets;
import bandlimit.data.SignalDataset;
import bandlimit.data.Split;
import bandlimit.device.DeviceOptions;
import bandlimit.device.Devices;
import bandlimit.error.CheckpointException;
import bandlimit.error.ConfigException;
import bandlimit.eval.Classifier;
import bandlimit.eval.ErrorReport;
import bandlimit.eval.EventMatch;
import bandlimit.eval.EventReport;
import bandlimit.eval.PairedComparison;
import bandlimit.eval.ShiftEvaluation;
import bandlimit.eval.ShiftReport;
import bandlimit.eval.StreamEvaluation;
import bandlimit.store.Json;
import bandlimit.train.Checkpoint;
import bandlimit.train.LoadedNetwork;
import bandlimit.train.Progress;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.BiConsumer;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `bandlimit eval`: accuracy and shift consistency of a trained network on its test set, alone or
/// paired with another's.
@Command(
    name = "eval",
    aliases = "validate",
    description = {
      "Measures a trained network on the test split of its data set: accuracy or errors, and how"
          + " it",
      "bears shifts. The protocols are in docs/evaluation.md."
    },
    mixinStandardHelpOptions = true)
final class Eval implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "RUN|CHECKPOINT", description = "A run folder or a checkpoint in it.")
  private Path checkpoint = Path.of("");

  @Mixin private final ShiftFlags shifts = new ShiftFlags();

  @Option(names = "--limit", paramLabel = "N", description = "Use only N samples.")
  private Optional<Integer> limit = Optional.empty();

  @Option(
      names = "--seed",
      description =
          "What random shifts and a limit's samples are drawn from; default ${DEFAULT-VALUE}.")
  private long seed = ShiftEvaluation.SEED;

  @Option(
      names = "--against",
      paramLabel = "OTHER",
      description = "Another run or checkpoint: evaluate it alike, and compare sample by sample.")
  private Optional<Path> against = Optional.empty();

  @Option(
      names = "--checkpoint",
      paramLabel = "NAME",
      description = "Which one of a run folder, best or last; default ${DEFAULT-VALUE}.")
  private String which = "best";

  @Option(
      names = "--data-root",
      paramLabel = "DIR",
      description = "Where the data set lies here, if not where it lay in training.")
  private Optional<Path> root = Optional.empty();

  @Option(
      names = "--pan-tompkins",
      description = {
        "Beside a network that finds heartbeats, what the detector of Pan and Tompkins (1985)"
            + " finds",
        "in the first channel of the same signal."
      })
  private boolean panTompkins;

  @Option(
      names = "--noise",
      paramLabel = "DB",
      description = {
        "Add white noise to the signal, so many decibels below its power; for networks that decide"
            + " on",
        "every column of one."
      })
  private Optional<Double> noise = Optional.empty();

  @Option(
      names = "--phases",
      description = "Let the windows of such a network begin at each sample of a column.")
  private boolean phases;

  @Option(
      names = "--stream",
      description = {
        "Push the test part of a signal through the network hop by hop, and compare with full"
            + " inference",
        "on its windows: outputs, events, latencies."
      })
  private boolean stream;

  @Option(
      names = "--hop",
      paramLabel = "N",
      description =
          "Samples from one answer of --stream to the next; default a column's, or"
              + " data.signal.hop.")
  private Optional<Integer> hop = Optional.empty();

  @Option(
      names = "--real-time",
      description = "Let the samples of --stream come at their rate: it takes as long as they do.")
  private boolean realTime;

  @Mixin private final StreamingFlags flags = new StreamingFlags();

  @Option(names = "--device", description = "auto, cpu or reference; default auto.")
  private String device = "auto";

  @Option(names = "--save", description = "Put the result into the run folder, for the report.")
  private boolean save;

  @Option(names = "--json", description = "Print one JSON object in place of text.")
  private boolean json;

  @Option(names = "--no-progress", description = "No bar.")
  private boolean noProgress;

  /// One network's numbers and where it came from.
  record Result(Path checkpoint, String device, ShiftReport report) {}

  @Override
  public Integer call() {
    check();
    PrintWriter out = spec.commandLine().getOut();
    Checkpoint found = Checkpoint.open(checkpoint, which);
    var data = Datasets.open(data(found), Split.TEST);
    if (stream) {
      stream(out, found, data);
      return 0;
    }
    if (found.trainConfig().loss().isRegression()) {
      numbers(out, found, data);
      return 0;
    }
    if (data instanceof SignalDataset signal && signal.columns() > 1) {
      events(out, found, signal);
      return 0;
    }
    if (noise.isPresent() || phases || panTompkins) {
      throw new ParameterException(
          spec.commandLine(),
          "--noise, --phases and --pan-tompkins are for networks that decide on every column of a"
              + " signal");
    }
    Result result = evaluate(checkpoint);
    Optional<Result> other = against.map(this::evaluate);
    Optional<PairedComparison> pairs = other.map(o -> PairedComparison.of(o.report, result.report));
    if (json) {
      var fields = new LinkedHashMap<String, Object>();
      fields.put("result", result);
      other.ifPresent(o -> fields.put("against", o));
      pairs.ifPresent(p -> fields.put("paired", p.rows()));
      out.println(Json.line(Json.object(fields)));
    } else {
      print(out, result);
      other.ifPresent(o -> print(out, o));
      pairs.ifPresent(p -> new EvalTable(out).print(p));
    }
    if (save) {
      result.report.write(checkpoint.resolve("shift.json"));
    }
    return 0;
  }

  private void check() {
    if (limit.isPresent() && limit.get() < 1) {
      throw new ParameterException(spec.commandLine(), "--limit must be 1 or more");
    }
    shifts.check();
    if (!which.equals("best") && !which.equals("last")) {
      throw new ParameterException(
          spec.commandLine(), "--checkpoint is best or last, got " + which);
    }
    if (!stream && (hop.isPresent() || realTime || flags.given())) {
      throw new ParameterException(
          spec.commandLine(),
          "--hop, --real-time, --mode, --misaligned, --boundary and --band belong to --stream");
    }
    if (hop.isPresent() && hop.get() < 1) {
      throw new ParameterException(spec.commandLine(), "--hop must be 1 or more, got " + hop.get());
    }
    flags.check();
    if (save && !Files.isDirectory(checkpoint.resolve("checkpoints"))) {
      throw new CheckpointException(
          checkpoint + ": --save writes into a run folder, and this is none");
    }
  }

  private DataSpec data(Checkpoint found) {
    DataSpec where = found.trainConfig().data().spec();
    return root.map(r -> where.withRoot(r.toString())).orElse(where);
  }

  /// How far the answers of a network that tells numbers are from the true ones.
  private void numbers(PrintWriter out, Checkpoint found, Dataset data) {
    if (shifts.given() || against.isPresent() || limit.isPresent() || save) {
      throw new ParameterException(
          spec.commandLine(),
          "--shift, --against, --limit and --save are for classes; this network tells numbers");
    }
    if (noise.isPresent() || phases || panTompkins) {
      throw new ParameterException(
          spec.commandLine(),
          "--noise, --phases and --pan-tompkins are for events; this network tells numbers");
    }
    var evaluated =
        pass(
            found,
            data,
            (network, seen) -> ErrorReport.of(network, data, found.trainConfig().loss(), 1, seen));
    data.warnings().forEach(spec.commandLine().getErr()::println);
    show(out, evaluated, ErrorTable::print);
  }

  /// What one pass over the data says, and the device it was made on.
  private record Evaluated<T>(Path checkpoint, String device, T report) {}

  private <T> Evaluated<T> pass(
      Checkpoint found, Dataset data, BiFunction<Classifier, Consumer<Batch>, T> report) {
    var config = found.trainConfig();
    Progress progress = TerminalProgress.on(spec.commandLine().getErr(), !noProgress);
    try (var choice = Devices.open(device, DeviceOptions.of(config));
        var network = LoadedNetwork.open(found, choice.backend(), config.data().evalBatch())) {
      progress.begin("Evaluating", data.size());
      int each = network.classifier().batch();
      var made =
          report.apply(
              network.classifier(), batch -> progress.step((batch.number() + 1) * each, ""));
      progress.end();
      return new Evaluated<>(found.folder(), on(choice, network), made);
    }
  }

  private <T> void show(PrintWriter out, Evaluated<T> evaluated, BiConsumer<T, PrintWriter> table) {
    if (json) {
      out.println(Json.line(evaluated.report));
    } else {
      out.println(evaluated.checkpoint + " on " + evaluated.device);
      table.accept(evaluated.report, out);
    }
  }

  private void stream(PrintWriter out, Checkpoint found, Dataset data) {
    if (shifts.given() || against.isPresent() || limit.isPresent() || phases || panTompkins) {
      throw new ParameterException(
          spec.commandLine(),
          "--stream goes with --hop, --mode, --misaligned, --boundary, --band, --real-time and"
              + " --noise, and takes the whole test part");
    }
    if (!(data instanceof SignalDataset signal)) {
      throw new ConfigException(
          "--stream needs a network that was trained on one long signal (data.name: signal), and"
              + " this one was trained on "
              + data.name());
    }
    var choice = new StreamEvaluation.Choice(EventMatch.TOLERANCE, added(), flags.band(), realTime);
    Progress progress = TerminalProgress.on(spec.commandLine().getErr(), !noProgress);
    var report = new EvalStream(found, signal, device, flags, hop).run(choice, progress);
    show(
        out,
        new Evaluated<>(found.folder(), report.device(), report),
        (table, to) -> EvalStream.print(to, table, flags));
    if (save) {
      report.write(checkpoint.resolve("stream.json"));
    }
  }

  private Optional<EventReport.Noise> added() {
    return noise.map(db -> new EventReport.Noise(db, seed));
  }

  /// The events that a network finds which decides on every column of a signal.
  private void events(PrintWriter out, Checkpoint found, SignalDataset signal) {
    if (shifts.given() || against.isPresent() || limit.isPresent()) {
      throw new ParameterException(
          spec.commandLine(),
          "--shift, --against and --limit are for one decision a sample; this network decides on"
              + " every column of a signal");
    }
    var choice = new EventReport.Choice(EventMatch.TOLERANCE, added(), phases, panTompkins);
    var evaluated =
        pass(found, signal, (network, seen) -> EventReport.of(network, signal, choice, 1, seen));
    show(out, evaluated, EventTable::print);
    if (save) {
      evaluated.report.write(checkpoint.resolve("events.json"));
    }
  }

  private Result evaluate(Path path) {
    Checkpoint found = Checkpoint.open(path, which);
    var config = found.trainConfig();
    var data = Datasets.open(data(found), Split.TEST);
    Progress progress = TerminalProgress.on(spec.commandLine().getErr(), !noProgress);
    try (var choice = Devices.open(device, DeviceOptions.of(config));
        var network =
            LoadedNetwork.open(
                found,
                choice.backend(),
                config.data().evalBatch(),
                shifts.protocols().stream().anyMatch(Protocol::readsFloats))) {
      progress.begin("Evaluating", Math.min(limit.orElse(data.size()), data.size()));
      ShiftReport report =
          ShiftEvaluation.run(
              network.classifier(),
              data,
              shifts.protocols(),
              shifts.settings(),
              limit,
              seed,
              (done, _) -> progress.step(done, ""));
      progress.end();
      data.warnings().forEach(spec.commandLine().getErr()::println);
      return new Result(found.folder(), on(choice, network), report);
    }
  }

  /// The device, and the precision where training had another than float32.
  private static String on(Devices.Choice choice, LoadedNetwork network) {
    var device = choice.backend().describe();
    var trained = network.config().train().precision();
    var here = network.precision();
    if (here == trained) {
      return here == TrainConfig.Precision.FP32 ? device : device + ", " + here.word();
    }
    return "%s, %s (trained in %s)".formatted(device, here.word(), trained.word());
  }

  private static void print(PrintWriter out, Result result) {
    out.println(result.checkpoint + " on " + result.device);
    out.println(
        "%s: %d samples, seed %d; 95%% Wilson intervals"
            .formatted(result.report.dataset(), result.report.samples(), result.report.seed()));
    new EvalTable(out).print(result.report);
    out.println();
  }
}
