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

  /// Zeroed memory, 256-byte aligned.
  ///
  /// @param what for the message where there is no room: "the arena of plan train"
  long allocate(String what, long bytes);

  void free(long address);

  /// Copies to the device, after all work so far; `from` may be changed as soon as this returns.
  void write(long to, MemorySegment from);

  /// Copies to the host, once all work so far is done.
  void read(MemorySegment into, long from);

  /// A kernel of the file `kernels/MODULE.cu`.
  ///
  /// @throws bandlimit.error.DeviceException where the kernel image lacks it
  Kernel kernel(String module, String name);

  /// Starts one piece of work; faults may show later, in [#read] or [#synchronize].
  void launch(Work work);

  /// Waits for all work.
  void synchronize();

  /// Makes `work` repeatable at the least cost: a captured graph where the device has those, the
  /// same launches one by one where not. `name` is for messages.
  Recording record(String name, List<Work> work);

  @Override
  void close();

  /// Work that replays as a whole.
  interface Recording extends AutoCloseable {
    void replay();

    @Override
    void close();
  }
}
