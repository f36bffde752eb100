package bandlimit.backend.cuda;

import bandlimit.plan.Plan;
import bandlimit.plan.Program;
import bandlimit.plan.Slot;
import java.util.Comparator;
import java.util.Locale;

/// What a program takes of a device's memory, for those for whom it was too much.
record Footprint(Program program) {
  /// The paragraph for a device that had only `free` bytes; -1 where it does not tell.
  String tooLarge(long free) {
    long inputs = 2 * program.inputBytes();
    return "out of device memory: the program needs %s (%s for the values of plan %s, %s for parameters and other state, %s for inputs), %s; %s"
        .formatted(
            size(program.arenaBytes() + program.stateBytes() + inputs),
            size(program.arenaBytes()),
            program.plans().values().stream()
                .max(Comparator.comparingLong(Plan::arenaBytes))
                .map(Plan::name)
                .orElse("-"),
            size(program.stateBytes()),
            size(inputs),
            free < 0 ? "more than there was" : size(free) + " were free",
            advice(free));
  }

  /// Values and inputs grow with the batch, state does not. A tenth is left to the driver.
  private String advice(long free) {
    int batch = batch();
    double perSample =
        Math.max(1, program.arenaBytes() + 2.0 * program.inputBytes()) / Math.max(1, batch);
    int fits = (int) Math.min(batch - 1.0, (0.9 * free - program.stateBytes()) / perSample);
    fits = fits >= 16 ? fits / 8 * 8 : fits;
    if (free < 0) {
      return "use a smaller batch (data.batch_size)";
    }
    return fits >= 1
        ? "a batch of %d instead of %d should fit (data.batch_size)".formatted(fits, batch)
        : "not even a batch of 1 fits: free the memory that others use, or take a smaller model";
  }

  /// The first extent of the largest input.
  private int batch() {
    return program.plans().values().stream()
        .flatMap(plan -> plan.inputs().values().stream())
        .map(Slot::type)
        .filter(type -> type.shape().rank() > 0)
        .max(Comparator.comparingLong(type -> type.bytes()))
        .map(type -> type.shape().at(0))
        .orElse(1);
  }

  private static String size(long bytes) {
    return bytes < 10L << 30
        ? String.format(Locale.ROOT, "%.1f MiB", bytes / 0x1p20)
        : String.format(Locale.ROOT, "%.1f GiB", bytes / 0x1p30);
  }
}
