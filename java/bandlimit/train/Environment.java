package bandlimit.train;

import bandlimit.backend.Backend;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;

/// What a run ran on; `env.json`.
///
/// @param device as `Backend.describe` says it; `deviceReason` why it was chosen
/// @param git commit of the working directory, with `+` where it had changes; empty outside a
///   checkout
public record Environment(
    String bandlimit,
    String java,
    String os,
    String cpu,
    int cores,
    long memoryBytes,
    String device,
    String deviceReason,
    String git,
    List<String> command,
    String started) {
  public Environment {
    command = List.copyOf(command);
  }

  /// What a program that embeds Bandlimit can say without asking the operating system.
  public static Environment of(Backend backend) {
    return new Environment(
        "embedded",
        Runtime.version().toString(),
        System.getProperty("os.name") + " " + System.getProperty("os.arch"),
        "unknown",
        Runtime.getRuntime().availableProcessors(),
        Runtime.getRuntime().maxMemory(),
        backend.describe(),
        "chosen",
        "",
        List.of(),
        Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
  }
}
