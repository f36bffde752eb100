package bandlimit.backend.cpu;

import bandlimit.plan.Program;
import bandlimit.plan.Slot;
import java.util.HashSet;
import java.util.Set;

/// Weights in the layout that a kernel asks for, kept from run to run where no plan of the program
/// renews them; packed anew after the host wrote a state.
///
/// For small maps: where a weight takes part in few products, bringing it into another layout costs
/// as much as those. Large maps keep their packed weights in the arena, which costs no memory.
final class PackedWeights {
  /// Pixels of all samples together up to which packed weights are kept.
  static final long PIXELS = 256;

  private final NativeMemory blocks;
  private final Set<Long> renewed = new HashSet<>();
  private long writes;

  PackedWeights(NativeMemory blocks, Program program) {
    this.blocks = blocks;
    for (var plan : program.plans().values()) {
      for (var step : plan.steps()) {
        step.out().stream()
            .filter(slot -> slot.space() == Slot.Space.STATE)
            .forEach(slot -> renewed.add(slot.offset()));
      }
    }
  }

  boolean isFixed(Slot slot) {
    return slot.space() == Slot.Space.STATE && !renewed.contains(slot.offset());
  }

  long place(long bytes) {
    return blocks.allocate("packed weights", bytes).address();
  }

  /// The host may have written `slot`. Histories of a stream, which a plan renews, pack nothing.
  void changed(Slot slot) {
    if (isFixed(slot)) {
      writes++;
    }
  }

  /// Runs `pack` in the first run, and in the first after each [#changed].
  Kernel whenChanged(Kernel pack) {
    var seen = new long[] {-1};
    return () -> {
      if (seen[0] != writes) {
        pack.run();
        seen[0] = writes;
      }
    };
  }
}
