package bandlimit.backend.cpu;

import bandlimit.plan.Slot;
import bandlimit.tensor.TensorType;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/// Where the slots of one executable lie.
///
/// @param packed weights beside the slots; empty where nothing runs
record Memory(
    MemorySegment arena, MemorySegment state, MemorySegment input, Optional<PackedWeights> packed) {
  /// For kernels that are asked their names and never run.
  static final Memory NOWHERE =
      new Memory(MemorySegment.NULL, MemorySegment.NULL, MemorySegment.NULL, Optional.empty());

  long address(Slot slot) {
    return base(slot).address() + slot.offset();
  }

  View view(Slot slot) {
    return view(slot.type(), address(slot));
  }

  /// Any stretch of this memory. Without its own lifetime: the executable outlives its kernels.
  View view(TensorType type, long address) {
    return new View(type, MemorySegment.ofAddress(address).reinterpret(type.bytes()));
  }

  /// A slot with the lifetime of its block, for the host.
  MemorySegment checked(Slot slot) {
    return base(slot).asSlice(slot.offset(), slot.type().bytes());
  }

  private MemorySegment base(Slot slot) {
    return switch (slot.space()) {
      case ARENA -> arena;
      case STATE -> state;
      case INPUT -> input;
    };
  }
}
