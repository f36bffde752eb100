package bandlimit.train;

import bandlimit.backend.Backend;
import bandlimit.config.ConfigFile;
import bandlimit.config.TrainConfig;
import bandlimit.data.Dataset;
import bandlimit.data.SignalDataset;
import bandlimit.data.SignalSpec;
import bandlimit.error.CheckpointException;
import bandlimit.error.ConfigException;
import bandlimit.error.PreemptedException;
import bandlimit.eval.EventReport;
import bandlimit.eval.ShiftEvaluation;
import bandlimit.eval.ShiftSettings;
import bandlimit.model.Explanation;
import bandlimit.plan.Planner;
import bandlimit.store.AtomicFiles;
import bandlimit.store.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.stream.Stream;

/// A whole run: data, network, training, shift evaluation, into its folder.
public final class TrainingRun {
  private static final String SHIFT = "shift.json";
  private static final String EVENTS = "events.json";
  private static final String LAYERS = "layers.json";

  private TrainingRun() {}

  /// @param source the config file as written
  /// @param folder of the run
  /// @param from what it goes on from: its own folder, or a checkpoint of another run; empty where
  ///   it starts anew
  public record Request(TrainConfig config, String source, Path folder, Optional<Path> from) {
    /// A new run; `folder` must not exist yet.
    public static Request start(TrainConfig config, String source, Path folder) {
      return new Request(config, source, folder, Optional.empty());
    }

    /// A new run that goes on from another one's checkpoint.
    public static Request fork(TrainConfig config, String source, Path folder, Path checkpoint) {
      var recorded = Checkpoint.open(checkpoint, "last").trainConfig();
      Resumption.check(checkpoint.toString(), recorded, config);
      return new Request(config, source, folder, Optional.of(checkpoint));
    }

    /// Continues the run in `folder`; `config` may change only what changes no result.
    public static Request resume(TrainConfig config, Path folder) {
      var recorded = recorded(folder, List.of());
      Resumption.check(folder.toString(), recorded, config);
      return new Request(config, "", folder, Optional.of(folder));
    }

    /// Continues the run in `folder` with the config it holds, `overrides` laid over it.
    public static Request resume(Path folder, List<String> overrides) {
      return resume(recorded(folder, overrides), folder);
    }

    private static TrainConfig recorded(Path folder, List<String> overrides) {
      var config = folder.resolve("config.yaml");
      if (!isRun(folder) || !Files.exists(config)) {
        throw new CheckpointException(
            folder
                + ": no run folder: it has no config.yaml and checkpoints/; give the folder that"
                + " train printed");
      }
      return ConfigFile.load(config, overrides, ConfigFile.KnownNames.ANY).single();
    }

    /// Whether the run's own folder is there already and is continued.
    public boolean continues() {
      return from.filter(folder::equals).isPresent();
    }

    /// Whether `path` looks like the folder of a run.
    public static boolean isRun(Path path) {
      return Files.isDirectory(path.resolve("checkpoints"));
    }
  }

  /// Where a run shows itself while it goes.
  ///
  /// @param line gets the log's lines
  /// @param stop says whether to end after the update in progress
  public record Console(Consumer<String> line, Progress progress, BooleanSupplier stop) {
    /// Says nothing and is never stopped.
    public static final Console SILENT = new Console(_ -> {}, Progress.NONE, () -> false);
  }

  /// Builds and plans everything and throws what that throws; runs and writes nothing.
  public static void plan(TrainConfig config, Backend backend) {
    checkPrecision(config, backend);
    var task = Task.of(config);
    var network = task.network().in(config.train().precision());
    var graph =
        new TrainGraph(network, TrainGraph.Options.of(config, backend, task.augment().windows()));
    Planner.plan(graph.procedures(), backend);
    graph.loader(config, task.train(), task.augment(), 0).close(); // what it refuses
  }

  /// Trains what the request's config describes. Of a run that is complete it only makes what is
  /// missing; false where nothing was.
  public static boolean train(
      Request request, Backend backend, Environment environment, Console console) {
    return train(request, Task.of(request.config()), backend, environment, console);
  }

  /// The same for a task of your own; the config then says everything but network, data and
  /// augmentation.
  public static boolean train(
      Request request, Task task, Backend backend, Environment environment, Console console) {
    var config = request.config();
    checkPrecision(config, backend);
    // the graph is built before anything is written, so that an impossible shape leaves no folder
    var network = task.network();
    var explanation = Explanation.of(network.layer(), network.sample().shape());
    if (isWhole(request, config)) {
      console.line().accept("Already complete: " + request.folder());
      return false;
    }
    var folder =
        request.continues()
            ? new RunFolder(request.folder())
            : RunFolder.create(request.folder(), config, request.source(), environment);
    var around =
        new Trainer.Surroundings(
            folder, environment.bandlimit(), console.line(), console.progress(), console.stop());
    try (var _ = folder.lock();
        var trainer = open(request, task, backend, around)) {
      head(trainer, request, environment, explanation);
      Json.write(folder.file(LAYERS), LayerTable.of(explanation));
      trainer.run();
      evaluateShifts(config, trainer, task.test(), folder, console);
      evaluateEvents(trainer, task.test(), folder, console);
      skipped(task.train(), trainer);
      skipped(task.test(), trainer);
      trainer.note("Done: " + folder.path());
    }
    return true;
  }

  /// Whether the run is trained to its end and has all its files.
  private static boolean isWhole(Request request, TrainConfig config) {
    var last = new RunFolder(request.folder()).last();
    if (!request.continues() || AtomicFiles.findComplete(last).isEmpty()) {
      return false;
    }
    var state = Checkpoint.open(request.folder(), "last").state();
    boolean trained =
        state.batch() == 0
            && (state.epoch() >= config.train().epochs()
                || config.train().maxSteps().filter(most -> state.update() >= most).isPresent());
    return trained
        && Files.exists(request.folder().resolve(LAYERS))
        && (!findsEvents(config) || Files.exists(request.folder().resolve(EVENTS)))
        && (config.shift().protocols().isEmpty() || Files.exists(request.folder().resolve(SHIFT)));
  }

  /// Whether `backend`, as it was opened, computes as `precision` says.
  static boolean has(Backend backend, TrainConfig.Precision precision) {
    return switch (precision) {
      case FP32 -> true;
      case TF32 -> backend.usesTf32();
      case BF16_MIXED -> backend.hasBf16();
    };
  }

  /// Not every device has every precision, and what `auto` chose must not pretend to.
  public static void checkPrecision(TrainConfig config, Backend backend) {
    var precision = config.train().precision();
    if (!has(backend, precision)) {
      if (backend.hasBf16()) { // so it has tf32, too, for whoever opens it with the config
        throw new ConfigException(
            "train.precision: tf32 needs the device %s opened by this config: Devices.open(config)"
                .formatted(backend.name()));
      }
      throw new ConfigException(
          "train.precision: %s does not run on the device %s, only fp32 does: set train.precision:"
                  .formatted(precision.word(), backend.name())
              + " fp32");
    }
  }

  private static Trainer open(
      Request request, Task task, Backend backend, Trainer.Surroundings around) {
    var config = request.config();
    var folder = around.folder();
    if (request.from().isPresent() && !(request.continues() && hasNoCheckpoint(folder))) {
      var checkpoint = Checkpoint.open(request.from().get(), "last");
      return Trainer.resume(config, task, backend, around, checkpoint);
    }
    try {
      if (request.continues()) {
        around.console().accept("No checkpoint yet in " + folder.path() + ": from the beginning");
      }
      return Trainer.start(config, task, backend, around);
    } catch (RuntimeException | Error e) {
      if (!request.continues()) {
        AtomicFiles.delete(folder.path()); // made a moment ago, and nothing ran
      }
      throw e;
    }
  }

  /// Whether the run was killed before its first checkpoint; half-written folders are none.
  private static boolean hasNoCheckpoint(RunFolder folder) {
    try (Stream<Path> entries = Files.list(folder.file("checkpoints"))) {
      return entries.allMatch(path -> path.getFileName().toString().contains(".tmp-"));
    } catch (IOException e) {
      throw new CheckpointException(folder.path() + ": checkpoints/ cannot be listed: " + e, e);
    }
  }

  private static void head(
      Trainer trainer, Request request, Environment environment, Explanation explanation) {
    var config = request.config();
    trainer.note(
        "Bandlimit %s, JDK %s, seed %d, config %s"
            .formatted(environment.bandlimit(), environment.java(), config.seed(), config.hash()));
    trainer.note("Device: %s (%s)".formatted(environment.device(), environment.deviceReason()));
    trainer.note(
        "Model: %s, %,d parameters, %,d multiply-accumulates a sample"
            .formatted(config.model().name(), explanation.parameters(), explanation.macs()));
    config.weakened().ifPresent(note -> trainer.note("Note: " + note));
    trainer.note("Run: " + request.folder());
  }

  private static void skipped(Dataset data, Trainer trainer) {
    data.warnings()
        .forEach(
            warning ->
                trainer.note(
                    "Skipped (%s): %s"
                        .formatted(data.split().name().toLowerCase(Locale.ROOT), warning)));
  }

  private static void evaluateShifts(
      TrainConfig config, Trainer trainer, Dataset test, RunFolder folder, Console console) {
    var protocols = config.shift().protocols();
    if (protocols.isEmpty() || Files.exists(folder.file(SHIFT))) {
      return;
    }
    var progress = console.progress();
    int total = Math.min(config.shift().limit().orElse(test.size()), test.size());
    progress.begin("Shift evaluation", total);
    try {
      var report =
          ShiftEvaluation.run(
              trainer.classifier(),
              test,
              EnumSet.copyOf(protocols),
              new ShiftSettings(config.shift().range(), config.shift().translations()),
              config.shift().limit(),
              ShiftEvaluation.SEED,
              (done, _) -> {
                progress.step(done, "");
                stopIfAsked(console, folder, done < total);
              });
      progress.end();
      report.write(folder.file(SHIFT));
      var fields = new LinkedHashMap<String, Object>();
      for (var metric : report.metrics()) {
        trainer.note(
            "Shift: %s = %s (%s)".formatted(metric.name(), metric.text(), metric.protocol()));
        fields.put(metric.name() + "[" + metric.protocol() + "]", metric.value());
      }
      trainer.record("shift", fields);
    } finally {
      progress.end();
    }
  }

  private static boolean findsEvents(TrainConfig config) {
    return config
        .data()
        .signal()
        .filter(signal -> signal.target() == SignalSpec.Target.COLUMNS)
        .filter(signal -> signal.targets().isEmpty())
        .isPresent();
  }

  private static void evaluateEvents(
      Trainer trainer, Dataset test, RunFolder folder, Console console) {
    if (!(test instanceof SignalDataset signal)
        || signal.columns() == 1
        || signal.targets().isPresent()
        || Files.exists(folder.file(EVENTS))) {
      return;
    }
    var report =
        EventReport.of(
            trainer.classifier(),
            signal,
            EventReport.Choice.PLAIN,
            1,
            _ -> stopIfAsked(console, folder, true));
    report.write(folder.file(EVENTS));
    var found = report.network();
    trainer.note("Events: " + found.text());
    var fields = new LinkedHashMap<String, Object>();
    fields.put("events/sensitivity", found.sensitivity().percent());
    fields.put("events/predictivity", found.predictivity().percent());
    fields.put("events/deviation_ms", found.stdMs());
    trainer.record("events", fields);
  }

  private static void stopIfAsked(Console console, RunFolder folder, boolean unfinished) {
    if (unfinished && console.stop().getAsBoolean()) {
      throw new PreemptedException(
          "stopped by a signal in the shift evaluation, after training: continue with --resume "
              + folder.path());
    }
  }
}
