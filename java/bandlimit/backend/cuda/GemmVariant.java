package bandlimit.backend.cuda;

import bandlimit.backend.Arguments;
import bandlimit.tensor.DType;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;

/// A row of the table of engines behind convolutions and products: a tile, and when to take it. The
/// first row that can and is worth it runs; the plain one, last, always can.
///
/// @param name between the product's name and the element type in a kernel's name; empty for plain
/// @param module ending of the file that has it
/// @param can whether the kernel exists and is right for such a product
/// @param worth whether it is the better choice among those that can
record GemmVariant(
    String name,
    String module,
    int m,
    int n,
    int threads,
    int sharedBytes,
    Predicate<Gemm> can,
    Predicate<Gemm> worth) {

  /// SMs of the GPU that the table was made for; a choice by shape must not depend on the device.
  static final int PROCESSORS = 132;

  /// Who asks; not every engine is built for each.
  enum Product {
    CONV_FORWARD("conv"),
    CONV_INPUT_GRAD("conv"),
    CONV_WEIGHT_GRAD("conv"),
    MATMUL("matmul");

    private final String family;

    Product(String family) {
      this.family = family;
    }
  }

  /// A product as the table sees it.
  ///
  /// @param tensorCores whether factors may go through them: bf16, or float32 rounded to tf32
  /// @param aligned whether both factors can be gathered 16 bytes at a time
  /// @param special what only the plain engine knows: A and B both transposed, or the input
  ///   gradient under circular padding where the output is no ring
  /// @param batches independent products of this size: groups, slabs, residue classes
  record Gemm(
      Product product,
      DType dtype,
      boolean tensorCores,
      boolean aligned,
      boolean special,
      long rows,
      long columns,
      long batches) {
    private boolean fills(int m, int n) {
      return tiles(rows, m) * tiles(columns, n) * batches >= PROCESSORS;
    }

    /// Whether tiles of 128 columns compute not much more than tiles of 64 would.
    private boolean wide() {
      return 8 * 2 * tiles(columns, 128) <= 9 * tiles(columns, 64);
    }

    private boolean byUnits() {
      return tensorCores && aligned && !special;
    }
  }

  private static final GemmVariant PLAIN =
      new GemmVariant("", "", 64, 64, 256, 64 * 68 * 4, _ -> true, _ -> true);

  static final List<GemmVariant> ALL =
      List.of(
          new GemmVariant(
              "mma128x128",
              "_mma",
              128,
              128,
              256,
              3 * (128 + 128) * 64,
              Gemm::byUnits,
              gemm -> gemm.rows() > 64 && gemm.wide() && gemm.fills(128, 128)),
          new GemmVariant(
              "mma128x64",
              "_mma",
              128,
              64,
              128,
              4 * (128 + 64) * 64,
              gemm ->
                  gemm.byUnits()
                      && (gemm.product() == Product.CONV_FORWARD
                          || gemm.product() == Product.CONV_INPUT_GRAD),
              gemm -> gemm.rows() > 64 && gemm.fills(128, 64)),
          new GemmVariant(
              "mma64x64", "_mma", 64, 64, 128, 4 * (64 + 64) * 64, Gemm::byUnits, _ -> true),
          new GemmVariant(
              "gather",
              "_mma",
              128,
              64,
              128,
              2 * (128 + 64) * 64,
              gemm ->
                  gemm.tensorCores()
                      && (gemm.product() == Product.CONV_FORWARD
                          || gemm.product() == Product.CONV_WEIGHT_GRAD),
              _ -> true),
          new GemmVariant(
              "wide",
              "",
              128,
              128,
              256,
              64 * 132 * 4,
              gemm -> gemm.dtype() == DType.F32 && !gemm.special(),
              gemm -> gemm.rows() > 64 && gemm.wide() && gemm.fills(128, 128)),
          PLAIN);

  static GemmVariant choose(CudaOptions options, Gemm gemm) {
    return options.fast()
        ? ALL.stream()
            .filter(variant -> variant.can().test(gemm) && variant.worth().test(gemm))
            .findFirst()
            .orElse(PLAIN)
        : PLAIN;
  }

  static long tiles(long extent, long side) {
    return (extent + side - 1) / side;
  }

  /// One block for each tile along x, those of a row side by side, and one for each batch along z.
  ///
  /// @param way how a product's operands lie, where it has several kernels for that
  Launch launch(Site site, Gemm gemm, String way, Arguments arguments) {
    var kernel = gemm.product().name().toLowerCase(Locale.ROOT) + way;
    return site.grid(
        gemm.product().family + module,
        kernel + (name.isEmpty() ? "" : "_" + name) + "_" + site.in(0).suffix(),
        tiles(gemm.rows(), m) * tiles(gemm.columns(), n),
        1,
        gemm.batches(),
        threads,
        sharedBytes,
        arguments);
  }
}
