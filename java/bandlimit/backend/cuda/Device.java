package bandlimit.backend.cuda;

import java.lang.foreign.MemorySegment;
import java.util.List;

/// What runs kernels: memory by address, and work in order on one stream.
///
/// Nothing above this interface knows whether a GPU is behind it. Not thread-safe; callers may be
/// different threads, one at a time.
interface Device extends AutoCloseable {
  /// As written in a config's `device`: `cuda` or `cuda-emulated`.
  String name();

  /// One line for logs: device, capability, driver, libraries.
  String describe();

  /// Zeroed memory, 256-byte aligned; 0 where there is no room.
  long allocate(long bytes);

  /// What [#allocate] can still give; -1 where the device does not tell.
  long freeBytes();

  void free(long address);

  /// Copies to the device, after all work so far; `from` may be changed as soon as this returns.
  void write(long to, MemorySegment from);

  /// As [#write], by way of `via`, memory of the same size that nothing else touches: the bytes
  /// travel there while earlier work still runs and reads `to`.
  default void upload(long to, long via, MemorySegment from) {
    write(to, from);
  }

  /// Copies to the host, once all work so far is done.
  void read(MemorySegment into, long from);

  /// Dynamic shared memory that one block may ask for.
  int sharedBytes();

  /// A kernel of the file `kernels/MODULE.cu`.
  ///
  /// @throws bandlimit.error.DeviceException where the kernel image lacks it
  Kernel kernel(String module, String name);

  /// What else can run steps here.
  default Libraries libraries() {
    return Libraries.NONE;
  }

  /// Starts one piece of work; faults may show later, in [#read] or [#synchronize].
  void launch(Work work);

  /// Waits for all work.
  void synchronize();

  /// Nanoseconds from the first to the last thing that `action` starts, by the device's clock where
  /// it has one; waits for all of it.
  default long timed(Runnable action) {
    synchronize();
    long start = System.nanoTime();
    action.run();
    synchronize();
    return System.nanoTime() - start;
  }

  /// As [#timed(Runnable)], of one step's work.
  default long timed(StepWork step) {
    return timed(() -> step.work().forEach(this::launch));
  }

  /// Makes a plan's work repeatable at the least cost: a captured graph where the device has those
  /// and `graphs` asks for one, the same launches one by one where not. The bits are the same.
  Recording record(String plan, List<StepWork> steps, boolean graphs);

  @Override
  void close();

  /// Work that replays as a whole.
  interface Recording extends AutoCloseable {
    void replay();

    @Override
    void close();
  }
}
