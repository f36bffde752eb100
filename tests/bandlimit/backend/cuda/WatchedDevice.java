package bandlimit.backend.cuda;

import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;

/// The emulated device, with an eye on its memory and its launches, and a wish to leave some out.
final class WatchedDevice implements Device {
  private final Device device = Emulator.device();
  private final Map<Long, Long> live = new HashMap<>();
  private final TreeSet<String> launched = new TreeSet<>();
  private Optional<String> skipped = Optional.empty();

  /// Work of this name is not done any more.
  WatchedDevice without(String kernel) {
    skipped = Optional.of(kernel);
    return this;
  }

  long liveBytes() {
    return live.values().stream().mapToLong(Long::longValue).sum();
  }

  /// Names of all kernels that have run.
  TreeSet<String> launched() {
    return launched;
  }

  @Override
  public String name() {
    return device.name();
  }

  @Override
  public int sharedBytes() {
    return device.sharedBytes();
  }

  @Override
  public String describe() {
    return device.describe();
  }

  @Override
  public long allocate(long bytes) {
    long address = device.allocate(bytes);
    live.put(address, bytes);
    return address;
  }

  @Override
  public long freeBytes() {
    return device.freeBytes();
  }

  @Override
  public void free(long address) {
    device.free(address);
    live.remove(address);
  }

  @Override
  public void write(long to, MemorySegment from) {
    device.write(to, from);
  }

  @Override
  public void read(MemorySegment into, long from) {
    device.read(into, from);
  }

  @Override
  public Kernel kernel(String module, String name) {
    return device.kernel(module, name);
  }

  @Override
  public void launch(Work work) {
    launched.add(work.name());
    if (skipped.filter(work.name()::equals).isEmpty()) {
      device.launch(work);
    }
  }

  @Override
  public void synchronize() {
    device.synchronize();
  }

  @Override
  public Recording record(String plan, List<StepWork> steps, boolean graphs) {
    return new Recording() {
      @Override
      public void replay() {
        steps.forEach(step -> step.work().forEach(WatchedDevice.this::launch));
      }

      @Override
      public void close() {
        // the launches belong to the executable
      }
    };
  }

  @Override
  public void close() {
    device.close();
  }
}
