package bandlimit.backend.cuda;

import bandlimit.backend.Arguments;
import bandlimit.signal.IdealResampler;
import java.util.Arrays;

/// Maps in shared memory as `kernels/filtered.cuh` has them: planes of 16-byte cells, one or more
/// of them side by side in a block.
///
/// @param channels of a cell
/// @param fixed bytes of a block, whatever the number of cells
/// @param each bytes of the planes of one cell
record CellPlanes(int channels, int fixed, int each) {
  static final int CELL = 16; // bytes
  static final int REACH = 1024; // largest magnitudes, for each of the maps
  private static final int THREADS = 256;
  private static final int MOST_UNITS = 8;
  private static final int SMS = 132;
  private static final int BESIDE_A_BLOCK = 1024; // shared memory that the device keeps for itself

  /// Bytes of an axis' matrix in `parts`; `whole` as in the kernel file.
  static int matrix(IdealResampler axis, boolean whole, int parts) {
    return Math.ceilDiv(axis.out(), 16) * 16 * matrixRow(axis.in(), whole) * parts;
  }

  static int matrixRow(int in, boolean whole) {
    return ((whole ? Math.ceilDiv(in, 16) * 2 : Math.ceilDiv(in, 8)) | 1) * CELL;
  }

  static int plane(int rows, int width) {
    return rows * (width | 1) * CELL;
  }

  /// 16s in the longest axis that registers hold, by which kernels are compiled.
  static int size(int longest) {
    return longest <= 16 ? 1 : longest <= 32 ? 2 : 4;
  }

  /// How many times larger than its input a result can be: the largest sum of magnitudes of a row.
  static double reach(IdealResampler axis) {
    var matrix = axis.matrix();
    var sums = new double[axis.out()];
    for (int j = 0; j < axis.to(); j++) {
      for (int i = 0; i < axis.from(); i++) {
        sums[axis.transposed() ? i : j] += Math.abs(matrix.get(j * axis.from() + i));
      }
    }
    return Arrays.stream(sums).max().orElseThrow();
  }

  int bytes(int units) {
    return fixed + each * units;
  }

  /// As many cells side by side as leave all SMs work, and each SM room for its blocks: their bytes
  /// lie together in memory. A power of two.
  int units(int n, int c, int blocks, int sharedBytes) {
    int units = MOST_UNITS;
    while (units > 1
        && (bytes(units) > sharedBytes / blocks - BESIDE_A_BLOCK
            || units >= 2 * Math.ceilDiv(c, channels)
            || tiles(n, c, units) < (long) SMS * blocks)) {
      units /= 2;
    }
    return units;
  }

  int tilesOfSample(int c, int units) {
    return Math.ceilDiv(c, units * channels);
  }

  long tiles(int n, int c, int units) {
    return (long) n * tilesOfSample(c, units);
  }

  Launch launch(
      Site site,
      String module,
      String kernel,
      int n,
      int c,
      int units,
      int blocks,
      Arguments arguments) {
    long grid = Math.min(tiles(n, c, units), (long) SMS * blocks);
    return site.grid(module, kernel, grid, 1, 1, THREADS, bytes(units), arguments);
  }
}
