package bandlimit.cli;

import bandlimit.device.Devices;
import bandlimit.device.Machine;
import bandlimit.train.Environment;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import picocli.CommandLine;

/// What `env.json` records of this process.
final class Environments {
  private Environments() {}

  static Environment of(Devices.Choice device, CommandLine line) {
    var machine = Machine.here();
    var arguments = new java.util.ArrayList<>(List.of("bandlimit"));
    CommandLine root = line;
    while (root.getParent() != null) {
      root = root.getParent();
    }
    arguments.addAll(root.getParseResult().originalArgs());
    return new Environment(
        Version.number(),
        machine.java(),
        machine.os(),
        machine.cpu(),
        machine.cores(),
        machine.memoryBytes(),
        device.backend().describe(),
        device.reason(),
        Machine.commit(),
        arguments,
        Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
  }
}
