package bandlimit.cli;

import bandlimit.config.ConfigFile;
import bandlimit.config.TrainConfig;
import bandlimit.device.Devices;
import bandlimit.error.OutputException;
import bandlimit.error.PreemptedException;
import bandlimit.report.Report;
import bandlimit.store.AtomicFiles;
import bandlimit.train.RunFolder;
import bandlimit.train.TrainingRun;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `bandlimit train`: every variant of a config in turn, each into its own run folder, and a
/// report.
@Command(
    name = "train",
    aliases = "fit",
    description = "Trains what a config file describes; writes run folders and a report.",
    mixinStandardHelpOptions = true)
final class Train implements Callable<Integer> {
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9._-]*");
  private static final String REPORT = "report.html";

  @Spec private CommandSpec spec;

  @Parameters(
      arity = "0..1",
      paramLabel = "CONFIG",
      description = "A YAML file; see docs/configs.md.")
  private Optional<Path> config = Optional.empty();

  @Mixin private Overrides overrides = new Overrides();

  @Option(
      names = "--run",
      paramLabel = "NAME",
      description = "Name of the run folder; the default is the time and the model.")
  private Optional<String> name = Optional.empty();

  @Option(
      names = "--resume",
      arity = "0..1",
      fallbackValue = "",
      paramLabel = "RUN",
      description =
          "Continue a run folder exactly, or start a new run from a checkpoint. With CONFIG and"
              + " --run NAME, without RUN: continue what exists of that run and start the rest.")
  private Optional<String> resume = Optional.empty();

  @Option(names = "--dry-run", description = "Plan everything, train nothing, write nothing.")
  private boolean dryRun;

  @Option(names = "--no-progress", description = "Lines of text in place of a bar.")
  private boolean noProgress;

  @Option(
      names = {"-q", "--quiet"},
      description = "Print results only; the log stays in the run folder.")
  private boolean quiet;

  @Override
  public Integer call() {
    refuseSeveralProcesses();
    var requests = requests();
    refuseExisting(requests);
    var progress = TerminalProgress.on(spec.commandLine().getErr(), !noProgress && !quiet);
    try (var signals =
        StopSignals.install(
            () -> progress.announce("Stopping after this update; Ctrl-C again to kill"))) {
      if (dryRun || requests.size() > 1) { // a mistake in the last variant is said before the first
        requests.forEach(this::plan);
      }
      if (!dryRun) {
        train(requests, progress, signals);
      }
    } finally {
      progress.end();
    }
    return 0;
  }

  private void plan(TrainingRun.Request request) {
    try (var choice = open(request)) {
      TrainingRun.plan(request.config(), choice.backend());
    }
    if (dryRun) {
      out("Would train into " + request.folder());
    }
  }

  private void train(
      List<TrainingRun.Request> requests, TerminalProgress progress, StopSignals signals) {
    var console =
        new TrainingRun.Console(quiet ? _ -> {} : progress::line, progress, signals::asked);
    for (var request : requests) {
      try (var choice = open(request)) {
        if (signals.asked()) {
          throw new PreemptedException("stopped by a signal before " + request.folder());
        }
        var environment = Environments.of(choice, spec.commandLine());
        boolean changed = TrainingRun.train(request, choice.backend(), environment, console);
        var report = new RunFolder(request.folder()).file(REPORT);
        if (changed || !Files.exists(report)) {
          Report.write(List.of(request.folder()), report);
        }
        out(report.toString());
      } catch (PreemptedException e) {
        throw requests.size() == 1 ? e : withAll(e, requests);
      }
    }
    if (requests.size() > 1) {
      compare(requests.stream().map(TrainingRun.Request::folder).toList());
    }
  }

  /// Of several variants, the message names the command that goes on with all of them.
  private PreemptedException withAll(PreemptedException e, List<TrainingRun.Request> requests) {
    var names = requests.stream().map(r -> r.folder().getFileName().toString()).toList();
    var base = commonBase(names);
    return base.isEmpty()
        ? e
        : new PreemptedException(
            "%s; or with every variant: train %s --run %s --resume"
                .formatted(e.getMessage(), config.map(Path::toString).orElse("CONFIG"), base),
            e);
  }

  /// What stands before the last common dash: `base-plain`, `base-bin5`.
  private static String commonBase(List<String> names) {
    var prefix = names.getFirst();
    for (String name : names) {
      while (!name.startsWith(prefix)) {
        prefix = prefix.substring(0, prefix.length() - 1);
      }
    }
    return prefix.contains("-") ? prefix.substring(0, prefix.lastIndexOf('-')) : "";
  }

  private static Devices.Choice open(TrainingRun.Request request) {
    return Devices.open(request.config());
  }

  private void out(String line) {
    spec.commandLine().getOut().println(line);
    spec.commandLine().getOut().flush();
  }

  private void compare(List<Path> runs) {
    var parent = runs.getFirst().toAbsolutePath().getParent();
    if (parent == null) {
      throw new OutputException(runs.getFirst() + ": a run folder cannot be a root");
    }
    var report = parent.resolve(REPORT);
    Report.write(runs, report);
    out(report.toString());
  }

  /// What there is to train, each with its folder and, if it goes on from one, its checkpoint.
  private List<TrainingRun.Request> requests() {
    name.ifPresent(this::checkName);
    var from = resume.filter(r -> !r.isEmpty()).map(Path::of);
    if (config.isEmpty()) {
      return List.of(resumed(from.orElseThrow(this::needsConfig)));
    }
    ConfigFile file = overrides.load(config.get());
    var now = LocalDateTime.now(java.time.ZoneId.systemDefault());
    var requests = new ArrayList<TrainingRun.Request>();
    for (var variant : file.variants()) {
      TrainConfig resolved = variant.config();
      var folder = RunFolder.place(resolved, name, variant.name(), now);
      var source = from.or(resolved::resume);
      if (source.isPresent()) {
        requests.add(continued(resolved, file.source(), folder, source.get()));
      } else if (resume.isPresent() && Files.exists(folder)) {
        requests.add(TrainingRun.Request.resume(resolved, folder));
      } else {
        requests.add(TrainingRun.Request.start(resolved, file.source(), folder));
      }
    }
    if (resume.isPresent() && name.isEmpty() && from.isEmpty()) {
      throw usage("--resume without a RUN needs --run NAME, to know which run");
    }
    if (requests.stream().map(TrainingRun.Request::folder).distinct().count() < requests.size()) {
      throw usage(
          "one run cannot be continued by %d variants; with --run NAME --resume each continues its"
                  .formatted(requests.size())
              + " own");
    }
    return requests;
  }

  /// `--resume RUN` or `--resume CHECKPOINT` without a config.
  private TrainingRun.Request resumed(Path from) {
    if (TrainingRun.Request.isRun(from) || !AtomicFiles.isComplete(from)) {
      if (name.isPresent()) {
        throw usage("--run names a new run, but --resume %s continues that one".formatted(from));
      }
      return TrainingRun.Request.resume(from, overrides.all());
    }
    var file = overrides.load(from.resolve("config.yaml"));
    var now = LocalDateTime.now(java.time.ZoneId.systemDefault());
    var folder = RunFolder.place(file.single(), name, Optional.empty(), now);
    return TrainingRun.Request.fork(file.single(), file.source(), folder, from);
  }

  /// A run folder goes on in its place; from a checkpoint goes a new run.
  private static TrainingRun.Request continued(
      TrainConfig config, String source, Path folder, Path from) {
    return TrainingRun.Request.isRun(from) || !AtomicFiles.isComplete(from)
        ? TrainingRun.Request.resume(config, from)
        : TrainingRun.Request.fork(config, source, folder, from);
  }

  private void checkName(String name) {
    if (!NAME.matcher(name).matches()) {
      throw usage(
          "--run must be a folder name of letters, digits, '.', '_' and '-', got '" + name + "'");
    }
  }

  private static void refuseExisting(List<TrainingRun.Request> requests) {
    for (var request : requests) {
      if (!request.continues() && Files.exists(request.folder())) {
        throw new OutputException(
            request.folder()
                + " exists already; continue it with --resume, or name another run with --run");
      }
    }
  }

  /// mpirun, torchrun and Slurm start one process a device and say so; each would train the whole.
  private void refuseSeveralProcesses() {
    var size = System.getenv("WORLD_SIZE");
    if (size != null && !size.isBlank() && !size.strip().equals("1")) {
      throw usage(
          "WORLD_SIZE is %s, but Bandlimit trains in one process; start it once, with WORLD_SIZE"
                  .formatted(size)
              + " unset or 1");
    }
  }

  private ParameterException needsConfig() {
    return usage("Missing CONFIG: bandlimit train train-configs/quickstart.yaml");
  }

  private ParameterException usage(String message) {
    return new ParameterException(spec.commandLine(), message);
  }
}
