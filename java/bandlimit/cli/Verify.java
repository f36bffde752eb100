package bandlimit.cli;

import bandlimit.data.Datasets;
import bandlimit.data.Split;
import bandlimit.device.Devices;
import bandlimit.train.Verification;
import java.nio.file.Path;
import java.util.Locale;
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
      description = "Largest relative 2-norm of a node's difference; default ${DEFAULT-VALUE}.")
  private double tolerance = Verification.TOLERANCE;

  @Override
  public Integer call() {
    if (steps < 1) {
      throw new ParameterException(spec.commandLine(), "--steps must be 1 or more, got " + steps);
    }
    if (!(tolerance >= 0)) {
      throw new ParameterException(
          spec.commandLine(), "--tolerance must be 0 or more, got " + tolerance);
    }
    var variant = overrides.load(config).variants().getFirst().config();
    var data = Datasets.open(variant.data().spec(), Split.TRAIN);
    var err = spec.commandLine().getErr();
    var device = variant.device().name().toLowerCase(Locale.ROOT).replace('_', '-');
    try (var judge = Devices.open(against);
        var tested = Devices.open(device)) {
      var result =
          Verification.run(
              variant,
              data,
              judge.backend(),
              tested.backend(),
              steps,
              tolerance,
              line -> {
                err.println(line);
                err.flush();
              });
      spec.commandLine()
          .getOut()
          .printf(
              Locale.ROOT,
              "%s agrees with %s: %d steps, %d node values compared, largest relative difference"
                  + " %.2e at %s, losses within %.2e%n",
              tested.backend().name(),
              judge.backend().name(),
              result.steps(),
              result.nodes(),
              result.worst(),
              result.worstNode(),
              result.largestLossDifference());
    }
    return 0;
  }
}
