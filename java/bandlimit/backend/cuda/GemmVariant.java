package bandlimit.backend.cuda;

import bandlimit.tensor.DType;
import java.util.List;
import java.util.function.Predicate;

/// A row of the table of engines behind convolutions and products: a tile, and when to take it. The
/// first row that can and is worth it runs; the plain one, last, always can.
///
/// @param name between the product's name and the element type in a kernel's name; empty for plain
/// @param can whether the kernel is right for such a product
/// @param worth whether it is the better choice among those that can
record GemmVariant(
    String name,
    int m,
    int n,
    int threads,
    int sharedBytes,
    Predicate<Gemm> can,
    Predicate<Gemm> worth) {

  /// SMs of the GPU that the table was made for; a choice by shape must not depend on the device.
  static final int PROCESSORS = 132;

  /// A product as the table sees it.
  ///
  /// @param tensorCores whether factors may go through them: bf16, or float32 rounded to tf32
  /// @param aligned whether both factors can be gathered 16 bytes at a time
  /// @param special what only the plain engine knows: A and B both transposed, or the input
  ///   gradient under circular padding where the output is no ring
  /// @param batches independent products of this size: groups, slabs, residue classes
  record Gemm(
      DType dtype,
      boolean tensorCores,
      boolean aligned,
      boolean special,
      long rows,
      long columns,
      long batches) {
    long blocks(int m, int n) {
      return tiles(rows, m) * tiles(columns, n) * batches;
    }

    boolean fills(int m, int n) {
      return blocks(m, n) >= PROCESSORS;
    }
  }

  private static final GemmVariant PLAIN =
      new GemmVariant("", 64, 64, 256, 64 * 68 * 4, _ -> true, _ -> true);

  private static final GemmVariant WIDE =
      new GemmVariant(
          "wide",
          128,
          128,
          256,
          64 * 132 * 4,
          gemm -> gemm.dtype() == DType.F32 && !gemm.special(),
          gemm -> gemm.columns() > 64 && gemm.rows() > 64 && gemm.fills(128, 128));

  static final List<GemmVariant> ALL = List.of(WIDE, PLAIN);

  static GemmVariant choose(CudaOptions options, Gemm gemm) {
    return options.fast()
        ? ALL.stream()
            .filter(v -> v.can().test(gemm) && v.worth().test(gemm))
            .findFirst()
            .orElse(PLAIN)
        : PLAIN;
  }

  static long tiles(long extent, int side) {
    return (extent + side - 1) / side;
  }

  String kernel(String product, String suffix) {
    return product + (name.isEmpty() ? "" : "_" + name) + "_" + suffix;
  }

  /// Blocks along x: the tiles of a row, then the next row.
  long gridX(long rows, long columns) {
    return tiles(rows, m) * tiles(columns, n);
  }
}
