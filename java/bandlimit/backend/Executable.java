package bandlimit.backend;

import bandlimit.plan.Plan;
import bandlimit.plan.Program;
import bandlimit.plan.Slot;
import bandlimit.plan.Step;
import bandlimit.tensor.HostTensor;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/// A program with its memory on a machine. One thread at a time.
///
/// Reading and writing converts between the host tensor's element type and the slot's. ARENA slots
/// hold their values only until the next run.
public interface Executable extends AutoCloseable {
  Program program();

  void write(Slot slot, HostTensor value);

  void read(Slot slot, HostTensor into);

  /// The slot itself, in its own element type, where the machine's memory is the host's: for
  /// callers that may not allocate. Valid until closed, between runs. What no plan renews is
  /// written before the first run after this call, or by [#write].
  default Optional<MemorySegment> memory(Slot slot) {
    return Optional.empty();
  }

  void run(Plan plan);

  /// Runs and waits for the end; the nanoseconds it took, by the machine's own clock where it has
  /// one.
  default long time(Plan plan) {
    long start = System.nanoTime();
    run(plan);
    return System.nanoTime() - start;
  }

  /// Runs step by step and shows each one; slow, for verification, profiles and naming bad values.
  void run(Plan plan, Observer observer);

  @Override
  void close();

  /// Sees each step right after it ran, while its inputs and output are still in place.
  interface Observer {
    void ran(Step step, long nanos);
  }

  /// An exact copy of what is in `slot` now: in the slot's element type, unless the machine's
  /// memory holds more.
  default HostTensor read(Slot slot) {
    var copy = HostTensor.allocate(slot.type());
    read(slot, copy);
    return copy;
  }
}
