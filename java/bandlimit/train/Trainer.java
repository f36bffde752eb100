package bandlimit.train;

import bandlimit.backend.Backend;
import bandlimit.backend.Executable;
import bandlimit.config.TrainConfig;
import bandlimit.data.Loader;
import bandlimit.error.ConfigException;
import bandlimit.error.DivergedException;
import bandlimit.error.PreemptedException;
import bandlimit.eval.Classifier;
import bandlimit.eval.Evaluation;
import bandlimit.eval.Network;
import bandlimit.eval.Tally;
import bandlimit.nn.Variables;
import bandlimit.plan.PlanOptions;
import bandlimit.plan.Planner;
import bandlimit.store.AtomicFiles;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/// The training loop: batches in, metrics and checkpoints out. Read [#run] first.
///
/// Batches, augmentation and random numbers depend on (seed, epoch, index) and (seed, step) alone,
/// so a run continued from a checkpoint is, byte by byte, the run that never stopped.
public final class Trainer implements AutoCloseable {
  private final TrainConfig config;
  private final Network network;
  private final RunFolder folder;
  private final String version;
  private final Progress progress;
  private final BooleanSupplier stop;
  private final Variables variables;
  private final Executable executable;
  private final TrainStep step;
  private final Loader loader;
  private final Loader testLoader;
  private final LearningRate rate;
  private final long updatesPerEpoch;
  private final RunLog log;

  // where the run stands; snapshot() makes a TrainState of it
  private int epoch;
  private int batch;
  private long update;
  private long micro;
  private final Running running;
  private Map<String, Double> best;
  private Map<String, Double> last;

  /// What a run needs beside its config.
  ///
  /// @param console gets the log's lines, without newline
  /// @param stop asked after every update; true ends the run with a checkpoint and exit code 75
  public record Surroundings(
      RunFolder folder,
      String version,
      Consumer<String> console,
      Progress progress,
      BooleanSupplier stop) {}

  /// Fills the states of a compiled network; returns what the log should say of it, or nothing.
  private interface Filling {
    String fill(Executable executable, Variables variables);
  }

  /// A fresh run.
  public static Trainer start(TrainConfig config, Task task, Backend backend, Surroundings around) {
    return new Trainer(
        config,
        task,
        backend,
        around,
        TrainState.START,
        (executable, variables) -> initialize(config, executable, variables));
  }

  /// Goes on from `checkpoint` exactly.
  public static Trainer resume(
      TrainConfig config, Task task, Backend backend, Surroundings around, Checkpoint checkpoint) {
    var state = checkpoint.state();
    return new Trainer(
        config,
        task,
        backend,
        around,
        state,
        (executable, variables) -> {
          checkpoint.restoreAll(executable, variables);
          return "Resumed from %s: epoch %d, update %d"
              .formatted(checkpoint.folder(), state.epoch() + 1, state.update());
        });
  }

  private Trainer(
      TrainConfig config,
      Task task,
      Backend backend,
      Surroundings around,
      TrainState state,
      Filling filling) {
    this.config = config;
    this.network = task.network().in(config.train().precision());
    this.folder = around.folder();
    this.version = around.version();
    this.progress = around.progress();
    this.stop = around.stop();
    this.epoch = state.epoch();
    this.batch = state.batch();
    this.update = state.update();
    this.micro = state.micro();
    this.running = new Running(!network.outputs().isRegression());
    running.restore(state);
    this.best = state.best();
    this.last = state.last();
    var graph =
        new TrainGraph(network, TrainGraph.Options.of(config, backend, task.augment().windows()));
    this.variables = graph.variables();
    var program = Planner.plan(graph.procedures(), backend, PlanOptions.ALL);
    Deque<AutoCloseable> open = new ArrayDeque<>(); // what a failure below has to close
    try {
      this.loader = graph.loader(config, task.train(), task.augment(), config.data().workers());
      open.push(loader);
      this.updatesPerEpoch = updatesPerEpoch(config, loader);
      this.testLoader =
          Loader.evaluation(task.test(), config.data().evalBatch(), config.data().workers());
      open.push(testLoader);
      this.executable = backend.compile(program);
      open.push(executable);
      // the log is opened last: it drops records that will be made again, and what is not going to
      // run must not lose any
      var said = filling.fill(executable, variables);
      this.log = RunLog.open(folder, columns(), update, epoch, backend.name(), around.console());
      if (!said.isEmpty()) {
        log.line(said);
      }
    } catch (RuntimeException | Error e) {
      closeAll(open, e);
      throw e;
    }
    this.step =
        new TrainStep(
            executable,
            (int) Long.hashCode(config.seed()),
            TrainStep.temperature(config.model().antialias(), updatesPerEpoch));
    this.rate =
        new LearningRate(
            config.schedule(), config.optimizer().lr(), updatesPerEpoch, config.train().epochs());
  }

  private static void closeAll(Deque<AutoCloseable> open, Throwable failure) {
    for (var closeable : open) {
      try {
        closeable.close();
      } catch (Exception e) {
        failure.addSuppressed(e);
      }
    }
  }

  private static long updatesPerEpoch(TrainConfig config, Loader loader) {
    int accumulate = config.train().gradAccumSteps();
    long updates = loader.batchesPerEpoch() / accumulate;
    if (updates == 0) {
      throw new ConfigException(
          "train.grad_accum_steps: %d batches an update, but an epoch has only %d batches"
              .formatted(accumulate, loader.batchesPerEpoch()));
    }
    return updates;
  }

  private static String initialize(TrainConfig config, Executable executable, Variables variables) {
    for (var variable : variables.all()) {
      executable.write(
          executable.program().state(variable.path()), variable.initial(config.seed()));
    }
    var said = "";
    if (config.initFrom().isPresent()) {
      var path = config.initFrom().get();
      if (Files.isRegularFile(path)) {
        Checkpoint.readVariables(path, executable, variables, "");
      } else {
        Checkpoint.open(path, "best").restoreWeights(executable, variables, false);
      }
      said = "Weights taken from " + path;
    }
    if (config.ema().enabled()) {
      for (var variable : variables.all()) {
        var state = executable.program().state(variable.path());
        executable.write(
            executable.program().state(TrainGraph.EMA + variable.path()), executable.read(state));
      }
    }
    return said;
  }

  /// Trains to the end; the metrics of the last epoch.
  ///
  /// @throws PreemptedException after a stop was asked for and a checkpoint written
  public Map<String, Double> run() {
    try {
      while (!isComplete()) {
        trainEpoch();
        int done = epoch + 1;
        boolean ends = done == config.train().epochs() || reachedLimit();
        if (done % config.valInterval() == 0 || ends) {
          evaluate(done);
        }
        epoch = done;
        batch = 0;
        finishEpoch();
      }
      return last;
    } catch (DivergedException e) {
      throw diverged(e);
    } finally {
      progress.end();
    }
  }

  /// Whether nothing is left to train. An epoch in progress is finished even where the last update
  /// is done: its evaluation is not.
  public boolean isComplete() {
    return batch == 0 && (epoch >= config.train().epochs() || reachedLimit());
  }

  private DivergedException diverged(DivergedException e) {
    progress.end();
    var kept =
        AtomicFiles.findComplete(folder.last())
            .map(path -> "the last good checkpoint is " + path)
            .orElse("there was no checkpoint yet");
    var fields = new LinkedHashMap<String, Object>();
    fields.put("message", String.valueOf(e.getMessage()));
    log.event("diverged", epoch + 1, update, fields);
    log.quiet("Diverged: " + e.getMessage() + "; " + kept);
    return new DivergedException(e.getMessage() + "; " + kept, e);
  }

  private boolean reachedLimit() {
    return config.train().maxSteps().map(most -> update >= most).orElse(false);
  }

  private void trainEpoch() {
    int accumulate = config.train().gradAccumSteps();
    long batches = updatesPerEpoch * accumulate;
    progress.begin("Epoch %d/%d".formatted(epoch + 1, config.train().epochs()), batches);
    loader.startEpoch(epoch, batch);
    running.begin();
    while (batch < batches && !reachedLimit() && loader.next()) {
      running.dataReady();
      double learningRate = rate.at(update);
      boolean completes = (batch + 1) % accumulate == 0;
      step.run(
          loader.batch(), accumulate, batch % accumulate, micro, update, learningRate, decay());
      running.add(step);
      batch++;
      micro++;
      if (completes) {
        update++;
        afterUpdate(learningRate, batches);
      }
    }
    progress.end();
  }

  private void afterUpdate(double learningRate, long batches) {
    progress.step(batch, running.figures());
    if (update % config.logInterval() == 0 || batch == batches) {
      log.line(running.line(epoch + 1, batch, batches, learningRate));
      var fields = running.fields();
      fields.put("lr", learningRate);
      log.event("step", epoch + 1, update, fields);
      running.beginInterval();
    }
    boolean due =
        config.checkpoint().intervalSteps().map(n -> update % n == 0).orElse(false)
            && batch < batches;
    stopIfAsked();
    if (due) {
      save(folder.last());
    }
  }

  /// Where the run is told to stop, it leaves a checkpoint from which it goes on exactly.
  private void stopIfAsked() {
    if (stop.getAsBoolean()) {
      progress.end();
      save(folder.last());
      log.quiet("Stopped after update %d; checkpoint %s".formatted(update, folder.last()));
      throw new PreemptedException(
          "stopped by a signal after update %d; the checkpoint %s is complete: continue with"
                  .formatted(update, folder.last())
              + " --resume "
              + folder.path());
    }
  }

  /// The share of the old average that this update keeps.
  private double decay() {
    double decay = config.ema().decay();
    return config.ema().warmup() ? Math.min(decay, (1.0 + update) / (10.0 + update)) : decay;
  }

  /// Both evaluations before either is recorded: a stop between them must not record one twice.
  private void evaluate(int done) {
    var plain = score(TrainGraph.INFER);
    Optional<Tally> average =
        config.ema().enabled() ? Optional.of(score(TrainGraph.INFER_EMA)) : Optional.empty();
    evaluated("eval", done, plain);
    average.ifPresent(tally -> evaluated("eval_ema", done, tally));
  }

  private Tally score(String plan) {
    var classifier = new Classifier(executable, executable.program().plan(plan));
    var tally = Tally.of(network.outputs(), config.loss());
    progress.begin("Evaluating", testLoader.batchesPerEpoch());
    Evaluation.run(
        classifier,
        testLoader,
        tally,
        tested -> {
          progress.step(tested.number() + 1, tally.brief());
          stopIfAsked();
        });
    progress.end();
    return tally;
  }

  private void evaluated(String prefix, int done, Tally tally) {
    SequencedMap<String, Double> fields = new LinkedHashMap<>();
    tally.metrics().forEach((name, value) -> fields.put(prefix + "/" + name, value));
    running.evaluated.putAll(fields);
    log.line(
        "%s: %d  %s".formatted(prefix.equals("eval") ? "Eval" : "Eval (EMA)", done, tally.line()));
    log.event("eval", done, update, fields);
  }

  private void finishEpoch() {
    SequencedMap<String, Double> metrics = running.summary();
    metrics.put("lr", rate.at(update - 1));
    var row = new LinkedHashMap<String, Object>();
    row.put("epoch", epoch);
    metrics.forEach((key, value) -> row.put(key.replace('/', '_'), value));
    last = metrics;
    boolean better = isBetter(metrics);
    if (better) {
      best = Map.of(config.monitor(), metrics.get(config.monitor()));
    }
    running.reset();
    log.row(row);
    save(folder.last());
    if (better) {
      save(folder.best());
      log.line("Best so far: %s".formatted(best));
    }
    if (config.checkpoint().keep() > 0) {
      save(folder.epoch(epoch));
      dropOld();
    }
  }

  private boolean isBetter(Map<String, Double> metrics) {
    var monitor = config.monitor();
    var now = metrics.get(monitor);
    if (now == null) {
      return false; // an epoch without evaluation
    }
    var before = best.get(monitor);
    return before == null || config.checkpoint().isBetter(now, before);
  }

  private void dropOld() {
    Path old = folder.epoch(epoch - config.checkpoint().keep());
    if (Files.exists(old)) {
      AtomicFiles.delete(old);
    }
  }

  private void save(Path path) {
    Checkpoint.save(
        path, executable, variables, snapshot(), config.toYaml(), NetworkInfo.of(network), version);
  }

  private TrainState snapshot() {
    return new TrainState(
        epoch, batch, update, micro, running.lossSum, running.correct, running.seen, best, last);
  }

  /// The network with the weights as they are now (their average if there is one).
  public Classifier classifier() {
    var plan = config.ema().enabled() ? TrainGraph.INFER_EMA : TrainGraph.INFER;
    return TrainGraph.classifier(executable, plan);
  }

  public Variables variables() {
    return variables;
  }

  /// A line in the run's own log.
  public void note(String line) {
    log.line(line);
  }

  /// A record of the run's events that belongs to its end.
  public void record(String event, SequencedMap<String, ?> fields) {
    log.event(event, epoch, update, fields);
  }

  private List<String> columns() {
    var columns = new ArrayList<>(List.of("epoch", "train_loss"));
    if (!network.outputs().isRegression()) {
      columns.add("train_top1");
    }
    for (String prefix : config.ema().enabled() ? List.of("eval", "eval_ema") : List.of("eval")) {
      for (String metric : Tally.metricsOf(network.outputs())) {
        columns.add(prefix + "_" + metric);
      }
    }
    columns.addAll(List.of("lr", "time_s", "images_per_s"));
    return columns;
  }

  @Override
  public void close() {
    loader.close();
    testLoader.close();
    executable.close();
    log.close();
  }
}
