package bandlimit.cli;

import bandlimit.backend.Backend;
import bandlimit.error.OutputException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.Locale;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `bandlimit bench kernels`, `bench step` and `bench stream`.
@Command(
    name = "bench",
    description =
        "Times kernels or a training step, as fractions of what the machine can do, or streams.",
    synopsisSubcommandLabel = "(kernels | step | stream)",
    subcommands = {BenchKernels.class, BenchStep.class, BenchStream.class},
    mixinStandardHelpOptions = true)
final class Bench implements Runnable {
  @Spec private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(), "Missing what to time: kernels, step or stream");
  }

  /// One file a device and day, unless it is named.
  static Path file(Optional<Path> chosen, String what, Backend backend) {
    var name = backend.name() + "-" + backend.describe().replaceFirst("^[^:]*:? *", "");
    var slug = name.replaceAll("[^A-Za-z0-9]+", "-").toLowerCase(Locale.ROOT);
    var day = LocalDate.now(java.time.ZoneId.systemDefault());
    var path =
        chosen.orElse(
            Path.of(
                "%s-%s-%s.csv"
                    .formatted(what, slug.substring(0, Math.min(40, slug.length())), day)));
    if (Files.exists(path)) {
      throw new OutputException(path + " exists already; name another file with --csv");
    }
    return path;
  }

  static void checkSeconds(CommandSpec spec, double seconds) {
    if (!(seconds >= 0 && seconds <= 3600)) {
      throw new ParameterException(
          spec.commandLine(), "--seconds must be 0 to 3600, got " + seconds);
    }
  }
}
