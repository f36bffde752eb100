package bandlimit.cli;

import bandlimit.device.Diagnosis;
import bandlimit.error.DeviceException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `bandlimit doctor`: what this machine offers, as a block to paste into an issue.
@Command(
    name = "doctor",
    description = {
      "Shows the JDK, native libraries, processor and memory, and tries the devices with a small",
      "numeric self-test. Exit code 5 when the device asked for is unusable."
    },
    mixinStandardHelpOptions = true)
final class Doctor implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(
      names = "--device",
      paramLabel = "NAME",
      description = "auto (default), cuda, cpu, reference or cuda-emulated.")
  private String device = "auto";

  @Option(
      names = "--output-dir",
      paramLabel = "FOLDER",
      description = "Where runs would go; its disk is looked at. Default ${DEFAULT-VALUE}.")
  private Path runs = Path.of("runs");

  @Override
  public Integer call() {
    var out = spec.commandLine().getOut();
    var diagnosis = Diagnosis.of(device, runs);
    out.println("```text"); // a paste into an issue stays as it is
    out.println("bandlimit doctor, version " + Version.number());
    out.print(diagnosis.print());
    out.println("```");
    out.flush();
    diagnosis
        .unusable()
        .ifPresent(
            why -> {
              throw new DeviceException(why);
            });
    return 0;
  }
}
