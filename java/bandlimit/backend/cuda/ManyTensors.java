package bandlimit.backend.cuda;

import bandlimit.backend.Arguments;
import java.lang.foreign.Arena;
import java.util.List;

/// Elementwise steps of one [key][Elementwise#key] as one launch. It reads which tensors they are
/// from a table in device memory, so that a recording replays it as it is.
record ManyTensors(List<Elementwise> steps) {
  /// sizeof(`struct Entry`).
  private static final int ENTRY_BYTES = 48;

  long tableBytes() {
    return (long) steps.size() * ENTRY_BYTES;
  }

  /// The launch, with its table written to `table`, which stays as long as the launch.
  Launch launch(Device device, long table) {
    var entries = Arena.ofAuto().allocate(tableBytes(), Long.BYTES);
    long block = 0;
    for (int i = 0; i < steps.size(); i++) {
      var step = steps.get(i);
      step.tensors(new Arguments()).i64(block).copyTo(entries, (long) i * ENTRY_BYTES);
      block += step.blocks();
    }
    device.write(table, entries);
    var first = steps.getFirst();
    var arguments = first.numbers(new Arguments().pointer(table)).i32(steps.size());
    return new Launch(
        first.manyKernel(device), Math.toIntExact(block), 1, 1, Site.THREADS, 0, arguments);
  }
}
