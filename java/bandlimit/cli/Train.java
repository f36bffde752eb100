package bandlimit.cli;

import bandlimit.config.ConfigFile;
import bandlimit.config.TrainConfig;
import bandlimit.device.Devices;
import bandlimit.error.OutputException;
import bandlimit.report.Report;
import bandlimit.train.RunFolder;
import bandlimit.train.TrainingRun;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
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
          "Continue a run folder exactly, with its own config. With CONFIG and --run NAME: continue"
              + " what exists of that run and start the rest.")
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
    var err = spec.commandLine().getErr();
    var out = spec.commandLine().getOut();
    var progress = TerminalProgress.on(err, !noProgress && !quiet);
    var signals =
        StopSignals.install(
            () -> progress.line("Stopping after this update; Ctrl-C again to kill"));
    var runs = runs();
    var finished = new ArrayList<Path>();
    for (var run : runs) {
      var device = run.config().device().name().toLowerCase(Locale.ROOT).replace('_', '-');
      try (var choice = Devices.open(device)) {
        if (dryRun) {
          TrainingRun.plan(run.config(), choice.backend());
          out.println("Would train into " + run.folder());
          continue;
        }
        var console =
            new TrainingRun.Console(quiet ? _ -> {} : progress::line, progress, signals::asked);
        var environment = Environments.of(choice, spec.commandLine());
        TrainingRun.train(run, choice.backend(), environment, console);
        var report = new RunFolder(run.folder()).file("report.html");
        Report.write(List.of(run.folder()), report);
        finished.add(run.folder());
        out.println(report);
        out.flush();
      }
    }
    if (finished.size() > 1) {
      compare(finished, out);
    }
    return 0;
  }

  private static void compare(List<Path> runs, PrintWriter out) {
    var parent = runs.getFirst().toAbsolutePath().getParent();
    if (parent == null) {
      throw new OutputException(runs.getFirst() + ": a run folder cannot be a root");
    }
    var report = parent.resolve("report.html");
    Report.write(runs, report);
    out.println(report);
  }

  /// What there is to train, each with its folder and, if it goes on from one, its checkpoint.
  private List<TrainingRun.Request> runs() {
    if (config.isEmpty()) {
      var folder = resume.filter(r -> !r.isEmpty()).map(Path::of).orElseThrow(this::needsConfig);
      return List.of(TrainingRun.Request.resume(folder));
    }
    ConfigFile file = overrides.load(config.get());
    var now = LocalDateTime.now(java.time.ZoneId.systemDefault());
    var requests = new ArrayList<TrainingRun.Request>();
    for (var variant : file.variants()) {
      TrainConfig resolved = variant.config();
      Optional<Path> from = resume.filter(r -> !r.isEmpty()).map(Path::of).or(resolved::resume);
      if (from.isPresent()) {
        requests.add(new TrainingRun.Request(resolved, file.source(), from.get(), true));
        continue;
      }
      var folder = RunFolder.place(resolved, name, variant.name(), now);
      boolean continues = resume.isPresent() && Files.exists(folder);
      requests.add(new TrainingRun.Request(resolved, file.source(), folder, continues));
    }
    if (resume.isPresent() && name.isEmpty() && resume.get().isEmpty()) {
      throw new ParameterException(
          spec.commandLine(), "--resume without a RUN needs --run NAME, to know which run");
    }
    return requests;
  }

  private ParameterException needsConfig() {
    return new ParameterException(
        spec.commandLine(), "Missing CONFIG: bandlimit train train-configs/quickstart.yaml");
  }
}
