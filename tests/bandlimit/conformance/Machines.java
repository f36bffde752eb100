package bandlimit.conformance;

import bandlimit.backend.Backend;
import bandlimit.backend.cpu.CpuBackend;
import bandlimit.backend.cuda.Emulator;
import bandlimit.backend.reference.ReferenceBackend;
import java.util.stream.Stream;

/// Every backend that can run here, for the laws that hold on all of them.
public final class Machines {
  private Machines() {}

  /// A backend, and how far its results may lie from the mathematics, in units of their size.
  public record Machine(Backend backend, double epsilon) {
    public boolean isDouble() {
      return epsilon < 1e-9;
    }

    @Override
    public String toString() {
      return backend.name();
    }
  }

  public static Stream<Machine> all() {
    var always =
        Stream.of(
            new Machine(new ReferenceBackend(), 0x1p-52), new Machine(new CpuBackend(), 0x1p-23));
    return Emulator.isBuilt()
        ? Stream.concat(always, Stream.of(new Machine(Emulator.open(), 0x1p-23)))
        : always;
  }
}
