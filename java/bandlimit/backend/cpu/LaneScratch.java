package bandlimit.backend.cpu;

/// Memory of each thread for native kernels, of one executable: as much as its neediest step wants.
final class LaneScratch {
  private static final long PAGE = 4096;

  private long bytes;
  private long address;

  void need(long atLeast) {
    bytes = Math.max(bytes, (atLeast + PAGE - 1) / PAGE * PAGE);
  }

  /// Of one thread; known when all steps are prepared.
  long bytes() {
    return bytes;
  }

  void place(long at) {
    address = at;
  }

  long address(Lane lane) {
    return address + lane.index * bytes;
  }
}
