package bandlimit.train;

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
}
