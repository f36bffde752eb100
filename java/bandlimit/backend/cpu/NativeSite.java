package bandlimit.backend.cpu;

import bandlimit.backend.Arguments;
import bandlimit.plan.Cost;
import bandlimit.plan.Step;
import bandlimit.tensor.Shape;
import java.util.List;

/// One step as its kernel sees it: addresses, shapes, and the pool that runs it.
///
/// @param kernels gathers the names of the kernels that run the step, in their order
record NativeSite(
    Step step,
    CpuLibrary library,
    Pool pool,
    Memory memory,
    LaneScratch lanes,
    List<String> kernels) {
  /// Results above this are written past the caches: the next step would not find them there anyway
  /// (half of a large third level).
  private static final long STREAMED = 16L << 20;

  // some 10 us each. A thread that sleeps takes longer to wake: 0.33 ms in place of 0.22 for a step
  // of three small convolutions on one image
  private static final long SMALL_BYTES = 256L << 10;
  private static final long SMALL_MACS = 500_000;

  long in(int i) {
    return memory.address(step.in().get(i));
  }

  long out(int i) {
    return memory.address(step.out().get(i));
  }

  Shape inShape(int i) {
    return step.in().get(i).type().shape();
  }

  Shape outShape(int i) {
    return step.out().get(i).type().shape();
  }

  /// The step's scratch memory, which the planner placed by [NativeSteps#scratchBytes].
  long scratch() {
    return memory.address(step.scratch().orElseThrow());
  }

  /// Whether result i should be written past the caches, as 0 or 1.
  int streams(int i) {
    return streams(step.out().get(i).type().bytes());
  }

  static int streams(long bytes) {
    return bytes > STREAMED ? 1 : 0;
  }

  /// `tasks` calls of a kernel.
  Kernel kernel(String name, long tasks, Arguments arguments) {
    return kernel(name, tasks, 0, arguments);
  }

  /// The same, each with `scratch` bytes that belong to the thread it runs on.
  Kernel kernel(String name, long tasks, long scratch, Arguments arguments) {
    lanes.need(scratch);
    kernels.add(name);
    var call = library.call(name, arguments);
    int count = Math.toIntExact(tasks);
    Pool.Task task = (index, lane) -> call.run(index, lanes.address(lane));
    if (isSmall()) {
      return () -> {
        for (int i = 0; i < count; i++) {
          task.run(i, pool.lane());
        }
      };
    }
    return () -> pool.run(count, task);
  }

  /// Over sooner than another thread is awake.
  private boolean isSmall() {
    var cost = Cost.of(step);
    return cost.macs() < SMALL_MACS && cost.bytes() < SMALL_BYTES;
  }
}
