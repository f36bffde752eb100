package bandlimit.backend.cuda;

import bandlimit.backend.Arguments;
import bandlimit.graph.op.Moments;
import bandlimit.graph.op.Normalize;
import bandlimit.graph.op.NormalizeRelu;
import bandlimit.graph.op.Over;
import bandlimit.tensor.DType;
import bandlimit.tensor.TensorType;
import java.util.List;
import java.util.Optional;

/// `kernels/normalize.cu`: statistics and application of batch, layer and group norm.
///
/// The fast variants hold the constants of a channel in registers; the simple ones find them for
/// each element.
final class NormalizeCuda {
  private static final int PARTIALS = 3; // of moments_columns: shift, sum, sum of squares

  private NormalizeCuda() {}

  // ---- statistics ----

  static List<Work> moments(Site site, Moments op) {
    var x = site.in(0, DType.F32, DType.BF16);
    var sets = Sets.of(op.over(), x.shape());
    var columns = sets.sums(x.pack());
    if (site.options().fast() && sets.ofPixels()) {
      var arguments = moments(site, sets, columns, 0);
      return List.of(
          site.flat("normalize", "moments_rows_" + x.suffix(), sets.sets() * 32, arguments));
    }
    if (site.options().fast() && columns.fits()) {
      String kernel = columns.packed() ? "moments_columns_" : "moments_columns_any_";
      var arguments = moments(site, sets, columns, site.scratch());
      return List.of(
          columns.launch(site, "normalize", kernel + x.suffix(), arguments),
          finish(site, sets, columns));
    }
    var arguments = moments(site, sets, sets.flat(), 0);
    return List.of(site.flat("normalize", "moments_simple_" + x.suffix(), sets.sets(), arguments));
  }

  static long momentsScratchBytes(CudaOptions options, Moments op, TensorType x) {
    var sets = Sets.of(op.over(), x.shape());
    var columns = sets.sums(new Operand(x, 0).pack());
    boolean inSlabs = options.fast() && !sets.ofPixels() && columns.fits();
    return inSlabs ? columns.partialBytes(PARTIALS) : 0;
  }

  /// `struct MomentsParams`.
  private static Arguments moments(Site site, Sets sets, Columns columns, long partial) {
    var x = site.in(0);
    var arguments =
        new Arguments()
            .pointer(x.address())
            .pointer(site.out(DType.F32).address())
            .pointer(partial);
    sets.struct(arguments);
    return columns.struct(arguments).i32(x.shape().c() % x.pack() == 0 ? 1 : 0);
  }

  private static Launch finish(Site site, Sets sets, Columns columns) {
    var arguments = new Arguments().pointer(site.scratch()).pointer(site.out().address());
    sets.struct(arguments).i64(columns.perSlab()).i32(columns.slabs());
    return sets.run() == 1
        ? site.grid(
            "normalize",
            "moments_finish_columns",
            Math.ceilDiv(sets.sets(), 32),
            1,
            1,
            256,
            0,
            arguments)
        : site.grid("normalize", "moments_finish_sets", sets.sets(), 1, 1, 256, 0, arguments);
  }

  /// Batch statistics from a convolution's epilogue: (tiles, 2, c) float sums and sums of squares
  /// of `count` elements a channel, at `partial`; writes (2, c) to `statistics`.
  static Launch momentsFromSums(
      Site site, long partial, long tiles, int c, long count, Operand statistics) {
    var arguments =
        new Arguments().pointer(partial).pointer(statistics.address()).f64(count).i64(tiles).i32(c);
    return site.grid(
        "normalize", "moments_from_sums", Math.ceilDiv(c, 32), 1, 1, 256, 0, arguments);
  }

  // ---- application ----

  static List<Work> run(Site site, Normalize op) {
    return apply(site, op, Optional.empty(), false);
  }

  static List<Work> relu(Site site, NormalizeRelu op) {
    var residual = op.residual() ? Optional.of(site.in(4)) : Optional.<Operand>empty();
    return apply(site, op.normalize(), residual, true);
  }

  private static List<Work> apply(
      Site site, Normalize op, Optional<Operand> residual, boolean relu) {
    var x = site.in(0, DType.F32, DType.BF16);
    var sets = Sets.of(op.over(), x.shape());
    var fast = sets.elements(x.pack());
    boolean isFast = site.options().fast() && fast.fits();
    var columns = isFast ? fast : sets.flat();
    var arguments = new Arguments().pointer(x.address());
    for (int i = 1; i <= 3; i++) {
      arguments.pointer(site.in(i, DType.F32).address());
    }
    arguments
        .pointer(residual.map(Operand::address).orElse(0L))
        .pointer(site.out(x.dtype()).address());
    sets.struct(arguments);
    columns.struct(arguments).f32(op.epsilon()).i32(relu ? 1 : 0);
    if (!isFast) {
      return List.of(site.flat("normalize", "normalize_simple_" + x.suffix(), x.size(), arguments));
    }
    String kernel =
        (op.over().kind() == Over.Kind.CHANNELS ? "normalize_pixels_" : "normalize_columns_")
            + (columns.packed() ? "" : "any_")
            + x.suffix();
    return List.of(columns.launch(site, "normalize", kernel, arguments));
  }
}
