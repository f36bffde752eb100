package bandlimit.stream;

import bandlimit.backend.Executable;
import bandlimit.plan.Slot;
import bandlimit.tensor.HostTensor;
import java.util.Optional;

/// A slot as the host reaches it: directly where the machine's memory is the host's, else by copies
/// to and from `host`.
record Port(Executable executable, Slot slot, HostTensor host, boolean direct) {
  /// In the slot's element type.
  static Port input(Executable executable, Slot slot) {
    return direct(executable, slot)
        .orElseGet(() -> new Port(executable, slot, HostTensor.allocate(slot.type()), false));
  }

  /// In the element type of the machine's memory, which may hold more than the slot's.
  static Port exact(Executable executable, Slot slot) {
    return direct(executable, slot)
        .orElseGet(() -> new Port(executable, slot, executable.read(slot), false));
  }

  private static Optional<Port> direct(Executable executable, Slot slot) {
    return executable
        .memory(slot)
        .map(memory -> new Port(executable, slot, new HostTensor(slot.type(), memory), true));
  }

  /// Brings what `host` holds to the machine.
  void write() {
    if (!direct) {
      executable.write(slot, host);
    }
  }

  /// Brings what the machine holds to `host`.
  void read() {
    if (!direct) {
      executable.read(slot, host);
    }
  }
}
