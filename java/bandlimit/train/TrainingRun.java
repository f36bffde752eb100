package bandlimit.train;

import bandlimit.backend.Backend;
import bandlimit.config.ConfigFile;
import bandlimit.config.TrainConfig;
import bandlimit.data.Dataset;
import bandlimit.data.Datasets;
import bandlimit.data.Split;
import bandlimit.error.CheckpointException;
import bandlimit.error.OutputException;
import bandlimit.eval.Network;
import bandlimit.eval.ShiftEvaluation;
import bandlimit.model.Explanation;
import bandlimit.plan.Planner;
import bandlimit.store.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/// A whole run from its config: data, network, training, shift evaluation.
public final class TrainingRun {
  private TrainingRun() {}

  /// @param source the config file as written
  /// @param folder of the run
  /// @param continues whether the folder exists and is to be continued
  public record Request(TrainConfig config, String source, Path folder, boolean continues) {
    /// Continues `folder` with the config it holds.
    public static Request resume(Path folder) {
      var config = folder.resolve("config.yaml");
      if (!Files.exists(config)) {
        throw new CheckpointException(
            folder + ": no run folder: it has no config.yaml; give the folder that train printed");
      }
      try {
        var source = Files.readString(folder.resolve("config.source.yaml"));
        return new Request(ConfigFile.load(config).single(), source, folder, true);
      } catch (IOException e) {
        throw new CheckpointException(folder + ": config.source.yaml cannot be read: " + e, e);
      }
    }
  }

  /// Where a run shows itself while it goes.
  ///
  /// @param line gets the log's lines
  /// @param stop says whether to end after the update in progress
  public record Console(Consumer<String> line, Progress progress, BooleanSupplier stop) {}

  /// Builds and plans everything and throws what that throws; runs and writes nothing.
  public static void plan(TrainConfig config, Backend backend) {
    var graph = new TrainGraph(network(config, Split.TRAIN), TrainGraph.Options.of(config));
    Planner.plan(graph.procedures(), backend);
  }

  private static Network network(TrainConfig config, Split split) {
    return network(config, Datasets.open(config.data().spec(), split));
  }

  private static Network network(TrainConfig config, Dataset data) {
    return Network.of(config.model(), data.sampleType(), data.normalization(), data.classNames());
  }

  public static void train(
      Request request, Backend backend, Environment environment, Console console) {
    var config = request.config();
    var train = Datasets.open(config.data().spec(), Split.TRAIN);
    var test = Datasets.open(config.data().spec(), Split.TEST);
    var network = network(config, train);
    // the graph is built before anything is written, so that an impossible shape leaves no folder
    var explanation = Explanation.of(network.layer(), network.sample().shape());
    var folder =
        request.continues()
            ? existing(request.folder())
            : RunFolder.create(request.folder(), config, request.source(), environment);
    var around =
        new Trainer.Surroundings(
            folder, environment.bandlimit(), console.line(), console.progress(), console.stop());
    try (var trainer = open(request, network, train, test, backend, around)) {
      head(trainer, request, environment, explanation);
      trainer.run();
      Json.write(folder.file("layers.json"), LayerTable.of(explanation));
      evaluateShifts(config, trainer, test, folder, console.progress());
      train.warnings().forEach(trainer::note);
      trainer.note("Done: " + folder.path());
    }
  }

  private static RunFolder existing(Path folder) {
    if (!Files.isDirectory(folder.resolve("checkpoints"))) {
      throw new OutputException(folder + ": is no run folder that could be continued");
    }
    return new RunFolder(folder);
  }

  private static Trainer open(
      Request request,
      Network network,
      Dataset train,
      Dataset test,
      Backend backend,
      Trainer.Surroundings around) {
    var config = request.config();
    if (!request.continues()) {
      return Trainer.start(config, network, train, test, backend, around);
    }
    var checkpoint = Checkpoint.open(request.folder(), "last");
    return Trainer.resume(config, network, train, test, backend, around, checkpoint);
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
    trainer.note("Run: " + request.folder());
  }

  private static void evaluateShifts(
      TrainConfig config, Trainer trainer, Dataset test, RunFolder folder, Progress progress) {
    var protocols = config.shift().protocols();
    if (protocols.isEmpty()) {
      return;
    }
    int total = Math.min(config.shift().limit().orElse(test.size()), test.size());
    progress.begin("Shift evaluation", total);
    var report =
        ShiftEvaluation.run(
            trainer.classifier(),
            test,
            EnumSet.copyOf(protocols),
            config.shift().limit(),
            config.seed(),
            (done, _) -> progress.step(done, ""));
    progress.end();
    report.write(folder.file("shift.json"));
    var fields = new LinkedHashMap<String, Object>();
    for (var metric : report.metrics()) {
      trainer.note(
          "Shift: %s = %.4f (%s)".formatted(metric.name(), metric.value(), metric.protocol()));
      fields.put(metric.name() + "[" + metric.protocol() + "]", metric.value());
    }
    trainer.record("shift", fields);
  }
}
