package bandlimit.backend.cuda;

import bandlimit.backend.Arguments;

/// How blocks walk a (units, rows, c) tensor so that a thread keeps its channels: `struct Columns`
/// of `kernels/columns.cuh` and its grid. All of it follows from the shape, so do the orders of
/// sums.
///
/// @param pack elements that a thread takes at once: those of 16 bytes, or 1 where c does not
///   divide
/// @param lanes packs side by side in a block
/// @param tiles blocks side by side along c
/// @param slabs blocks that share the rows of a unit
/// @param perSlab rows of a block
record Columns(
    long units, long rows, int c, int pack, int lanes, int tiles, int slabs, long perSlab) {
  private static final int MOST_BLOCKS = 65535; // along y and z

  /// For sums: four blocks a processor of a large GPU, and few partial sums beside the input.
  static Columns sums(long units, long rows, int c, int pack) {
    return of(units, rows, c, pack, 4 * 132, 8);
  }

  /// For elementwise work, where a block's price is its constants.
  static Columns elements(long units, long rows, int c, int pack) {
    return of(units, rows, c, pack, 8 * 132, 4);
  }

  private static Columns of(
      long units, long rows, int c, int pack16, int blocks, int fewestRowsOfThread) {
    int pack = c % pack16 == 0 ? pack16 : 1;
    int packs = c / pack;
    int tiles = Math.ceilDiv(packs, pack == 1 ? 128 : 32);
    int lanes = Math.ceilDiv(packs, tiles);
    long lines = Site.THREADS / lanes;
    long wanted = Math.ceilDiv(blocks, tiles * units);
    long slabs = Math.max(1, Math.min(wanted, rows / (lines * fewestRowsOfThread)));
    long perSlab = Math.ceilDiv(rows, slabs);
    return new Columns(
        units, rows, c, pack, lanes, tiles, (int) Math.ceilDiv(rows, perSlab), perSlab);
  }

  /// Whether a grid has room for the units; a simple kernel runs where not.
  boolean fits() {
    return units <= MOST_BLOCKS;
  }

  boolean packed() {
    return pack > 1;
  }

  /// First-stage sums, f32, of `sums` numbers a channel: (units, slabs, sums, c).
  long partialBytes(int sums) {
    return units * slabs * sums * c * 4L;
  }

  /// `struct Columns`.
  Arguments struct(Arguments arguments) {
    return arguments.i64(rows).i64(perSlab).i32(c).i32(lanes);
  }

  Launch launch(Site site, String module, String kernel, Arguments arguments) {
    return site.grid(module, kernel, tiles, slabs, units, Site.THREADS, 0, arguments);
  }
}
