package bandlimit.cli;

import bandlimit.stream.PhaseError;
import bandlimit.stream.StreamingOptions;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// How a network is made to stream; for the commands that do.
final class StreamingFlags {
  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec;

  @Option(
      names = "--mode",
      paramLabel = "MODE",
      description = "Right context: delay (exact) or approximate (zeros); default delay.")
  private Optional<StreamingOptions.Mode> mode = Optional.empty();

  @Option(
      names = "--misaligned",
      description = "Allow a hop that is no multiple of the network's stride.")
  private boolean misaligned;

  @Option(
      names = "--boundary",
      paramLabel = "LAYER",
      description = "Compute all layers behind this one on whole windows.")
  private Optional<String> boundary = Optional.empty();

  @Option(
      names = "--band",
      paramLabel = "HZ",
      description =
          "The highest frequency of the signal, for the published bound of what a misaligned hop"
              + " may change.")
  private Optional<Double> band = Optional.empty();

  void check() {
    if (band.isPresent() && !(band.get() > 0)) {
      throw new ParameterException(spec.commandLine(), "--band must be above 0");
    }
  }

  /// Whether any of them was given.
  boolean given() {
    return mode.isPresent() || misaligned || boundary.isPresent() || band.isPresent();
  }

  StreamingOptions options() {
    return new StreamingOptions(mode.orElse(StreamingOptions.Mode.DELAY), misaligned, boundary);
  }

  /// `delay` or `approximate`.
  String word() {
    return options().mode().name().toLowerCase(Locale.ROOT);
  }

  OptionalDouble band() {
    return band.map(OptionalDouble::of).orElseGet(OptionalDouble::empty);
  }

  /// The published bound of a misaligned hop, layer by layer.
  void print(PrintWriter out, List<PhaseError> errors) {
    errors.forEach(error -> out.println(error.text()));
    if (!errors.isEmpty() && band.isEmpty()) {
      out.println(
          "without --band HZ, the signal's highest frequency, neighbouring samples may differ by"
              + " twice the amplitude");
    }
    out.flush();
  }
}
