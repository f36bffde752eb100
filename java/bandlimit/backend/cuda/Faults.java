package bandlimit.backend.cuda;

import bandlimit.error.DeviceException;
import java.util.List;
import java.util.Optional;

/// What the device was given last, for the message when it turns out to have failed: a fault shows
/// in some later call, which had nothing to do with it.
final class Faults {
  private static final int REMEMBERED = 6;

  private final String[] launches = new String[REMEMBERED];
  private long count;
  private String plan = "";
  private Optional<List<StepWork>> captured = Optional.empty();

  /// A plan begins, launch by launch.
  void direct(String plan) {
    this.plan = plan;
    captured = Optional.empty();
  }

  /// A plan runs as one graph.
  void captured(String plan, List<StepWork> steps) {
    this.plan = plan;
    captured = Optional.of(steps);
  }

  void launched(String step, Work work) {
    launches[(int) (count++ % REMEMBERED)] = step.isEmpty() ? work.name() : label(step, work);
  }

  DeviceException fault(int status) {
    return new DeviceException(
        "cuda: %s failed on the device: %s. %s. Nothing computed since the last checkpoint can be trusted; start again from there"
            .formatted(
                plan.isEmpty() ? "work" : "plan " + plan,
                Status.text(status),
                captured.map(Faults::graph).orElseGet(this::last)));
  }

  private static String graph(List<StepWork> steps) {
    var first = steps.getFirst();
    var last = steps.getLast();
    return "It ran as one captured graph of %d launches, from %s to %s; to learn which one failed, run again with --set cuda.graphs=false and CUDA_LAUNCH_BLOCKING=1 in the environment"
        .formatted(
            steps.stream().mapToInt(step -> step.work().size()).sum(),
            label(first.step(), first.work().getFirst()),
            label(last.step(), last.work().getLast()));
  }

  private String last() {
    var last = new StringBuilder();
    for (long i = Math.max(0, count - REMEMBERED); i < count; i++) {
      last.append(last.isEmpty() ? "" : ", ").append(launches[(int) (i % REMEMBERED)]);
    }
    return last.isEmpty()
        ? "Nothing had been launched"
        : "The last launches were: %s%s"
            .formatted(
                last,
                "1".equals(System.getenv("CUDA_LAUNCH_BLOCKING"))
                    ? " (the last of them failed: CUDA_LAUNCH_BLOCKING=1)"
                    : "; with CUDA_LAUNCH_BLOCKING=1 in the environment the last of them is the"
                        + " one");
  }

  private static String label(String step, Work work) {
    return "%s (%s)".formatted(work.name(), step);
  }
}
