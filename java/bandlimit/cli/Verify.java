package bandlimit.cli;

import bandlimit.data.Datasets;
import bandlimit.data.Split;
import bandlimit.device.Devices;
import bandlimit.train.Verification;
import java.nio.file.Path;
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

/// `bandlimit verify`: the same training steps on two devices, node by node.
@Command(
    name = "verify",
    description =
        "Trains the same steps on two devices and names the first node and step where they part by"
            + " more than rounding (exit code 8).",
    mixinStandardHelpOptions = true)
final class Verify implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "CONFIG", description = "A YAML file; its first variant is taken.")
  private Path config = Path.of("");

  @Mixin private Overrides overrides = new Overrides();

  @Option(names = "--against", description = "The device that is right; default reference.")
  private String against = "reference";

  @Option(names = "--steps", description = "Training steps to compare; default 20.")
  private int steps = 20;

  @Option(
      names = "--tolerance",
      description =
          "Largest relative 2-norm of a node's difference; the default follows from the precision.")
  private Optional<Double> tolerance = Optional.empty();

  @Override
  public Integer call() {
    if (steps < 1) {
      throw new ParameterException(spec.commandLine(), "--steps must be 1 or more, got " + steps);
    }
    var variant = overrides.load(config).variants().getFirst().config();
    double most = tolerance.orElse(Verification.tolerance(variant.train().precision()));
    if (!(most >= 0)) {
      throw new ParameterException(
          spec.commandLine(), "--tolerance must be 0 or more, got " + most);
    }
    var data = Datasets.open(variant.data().spec(), Split.TRAIN);
    var err = spec.commandLine().getErr();
    try (var judge = Devices.open(against);
        var tested = Devices.open(variant)) {
      var result =
          Verification.run(
              variant,
              data,
              judge.backend(),
              tested.backend(),
              steps,
              most,
              line -> {
                err.println(line);
                err.flush();
              });
      spec.commandLine()
          .getOut()
          .printf(
              Locale.ROOT,
              "%s agrees with %s: %d steps, %d node values compared, largest relative difference"
                  + " %.2e at %s%n",
              tested.backend().name(),
              judge.backend().name(),
              result.steps(),
              result.nodes(),
              result.worst(),
              result.worstNode());
    }
    return 0;
  }
}
