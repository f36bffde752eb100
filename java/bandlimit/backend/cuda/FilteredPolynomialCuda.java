package bandlimit.backend.cuda;

import bandlimit.backend.Arguments;
import bandlimit.graph.op.FilteredPolynomial;
import bandlimit.graph.op.FilteredPolynomialBackward;
import bandlimit.graph.op.IdealResample;
import bandlimit.signal.IdealResampler;
import bandlimit.tensor.DType;
import bandlimit.tensor.TensorType;
import java.util.Arrays;
import java.util.List;

/// `kernels/filtered_polynomial.cu`: the alias-free activation and its gradients, of maps that fit
/// shared memory; the core ops run where they do not.
///
/// float32 maps are computed to float32's accuracy, on tensor cores in two parts of fp16; bf16 maps
/// keep what lies between in bf16 too.
record FilteredPolynomialCuda(
    IdealResample up, int degree, IdealResample down, boolean backward, TensorType x) {
  private static final String MODULE = "filtered_polynomial";
  private static final int HIGHEST_DEGREE = 3; // MOST of the kernel file, less one
  private static final int LONGEST = 64; // of an axis of x or y: what registers hold
  private static final int CELL = 16; // bytes
  private static final int WARPS = 8;
  private static final int MOST_UNITS = 8;
  private static final int SMS = 132;
  private static final int BESIDE_A_BLOCK = 1024; // shared memory that the device keeps for itself

  private static FilteredPolynomialCuda of(FilteredPolynomial op, List<TensorType> in) {
    return new FilteredPolynomialCuda(op.up(), op.degree(), op.down(), false, in.getFirst());
  }

  private static FilteredPolynomialCuda of(FilteredPolynomialBackward op, List<TensorType> in) {
    return new FilteredPolynomialCuda(op.up(), op.degree(), op.down(), true, in.getFirst());
  }

  static boolean takes(FilteredPolynomial op, List<TensorType> in, int sharedBytes) {
    return of(op, in).fits(sharedBytes);
  }

  static boolean takes(FilteredPolynomialBackward op, List<TensorType> in, int sharedBytes) {
    return of(op, in).fits(sharedBytes);
  }

  static List<Work> run(Site site, FilteredPolynomial op) {
    var x = site.in(0, DType.F32, DType.BF16);
    site.out(x.dtype());
    var own = new FilteredPolynomialCuda(op.up(), op.degree(), op.down(), false, x.type());
    return List.of(own.launch(site, 0, 0));
  }

  static List<Work> run(Site site, FilteredPolynomialBackward op) {
    var x = site.in(0, DType.F32, DType.BF16);
    site.out(x.dtype());
    var own = new FilteredPolynomialCuda(op.up(), op.degree(), op.down(), true, x.type());
    long dy = site.in(6, x.dtype()).address();
    long sums = site.scratch();
    return List.of(
        own.launch(site, dy, sums),
        PolynomialCuda.finish(
            site, op.degree(), op.shared(), sums, x.shape().n(), x.shape().c(), site.part(1)));
  }

  /// Sums for each sample, coefficient and channel.
  static long scratchBytes(FilteredPolynomialBackward op, List<TensorType> in) {
    var x = in.getFirst().shape();
    return (long) x.n() * (op.degree() + 1) * x.c() * Float.BYTES;
  }

  // ---- what fits ----

  private boolean fits(int sharedBytes) {
    return degree <= HIGHEST_DEGREE && longest() <= LONGEST && bytes(1) <= sharedBytes;
  }

  private int longest() {
    return Math.max(
        Math.max(up.rows().in(), up.cols().in()), Math.max(down.rows().out(), down.cols().out()));
  }

  private boolean isExact() {
    return x.dtype() == DType.F32;
  }

  /// Channels of a cell.
  private int channels() {
    return isExact() ? 4 : 8;
  }

  /// Whether both axes read the same matrices.
  private boolean isSquare() {
    return up.rows().equals(up.cols()) && down.rows().equals(down.cols());
  }

  /// `struct Room` of the kernel file, with so many cells side by side.
  private int bytes(int units) {
    int matrices = matrix(up.rows(), false) + matrix(down.rows(), true);
    if (!isSquare()) {
      matrices += matrix(up.cols(), false) + matrix(down.cols(), true);
    }
    int reach = isExact() ? 2 * WARPS * MOST_UNITS * channels() * Float.BYTES : 0;
    int outW = down.cols().out();
    int width = backward ? up.cols().in() : Math.max(up.cols().in(), outW);
    int planes = plane(Math.max(up.rows().in(), up.rows().out()), width);
    int own = matrices + CELL + reach + planes * units;
    if (!backward) {
      return own;
    }
    int sums = WARPS * (HIGHEST_DEGREE + 1) * 8 * Float.BYTES; // lie where dy's plane was
    return own + Math.max(sums, plane(Math.max(down.rows().out(), up.rows().out()), outW) * units);
  }

  private int matrix(IdealResampler axis, boolean whole) {
    int cells = (whole ? Math.ceilDiv(axis.in(), 16) * 2 : Math.ceilDiv(axis.in(), 8)) | 1;
    return Math.ceilDiv(axis.out(), 16) * 16 * cells * CELL * (isExact() ? 2 : 1);
  }

  private static int plane(int rows, int width) {
    return rows * (width | 1) * CELL;
  }

  /// 16s in the longest axis, by which the kernels are compiled.
  private int size() {
    return longest() <= 16 ? 1 : longest() <= 32 ? 2 : 4;
  }

  /// Blocks that an SM has registers for.
  private int blocks() {
    return switch (size()) {
      case 1 -> backward ? 2 : 3;
      case 2 -> 2;
      default -> 1;
    };
  }

  /// As many cells side by side as leave all SMs work, and each SM room for its blocks: their bytes
  /// lie together in memory. A power of two.
  private int units(int sharedBytes) {
    int cells = Math.ceilDiv(x.shape().c(), channels());
    int units = MOST_UNITS;
    while (units > 1
        && (bytes(units) > sharedBytes / blocks() - BESIDE_A_BLOCK
            || units >= 2 * cells
            || tiles(units) < (long) SMS * blocks())) {
      units /= 2;
    }
    return units;
  }

  private int tilesOfSample(int units) {
    return Math.ceilDiv(x.shape().c(), units * channels());
  }

  private long tiles(int units) {
    return (long) x.shape().n() * tilesOfSample(units);
  }

  // ---- launch ----

  private Launch launch(Site site, long dy, long partial) {
    var from = site.in(0);
    int units = units(site.sharedBytes());
    var arguments =
        new Arguments()
            .pointer(from.address())
            .pointer(site.in(1, DType.F32).address())
            .pointer(dy)
            .pointer(site.out().address())
            .pointer(partial);
    for (int i = 2; i < 6; i++) {
      arguments.pointer(site.in(i, DType.F32).address());
    }
    arguments
        .i64(tiles(units))
        .i32(tilesOfSample(units))
        .i32(x.shape().c())
        .i32(degree)
        .i32(site.in(1).shape().at(0) == 1 ? 1 : 0)
        .i32(up.rows().in())
        .i32(up.cols().in())
        .i32(up.rows().out())
        .i32(up.cols().out())
        .i32(down.rows().out())
        .i32(down.cols().out())
        .i32(transposed())
        .i32(isSquare() ? 1 : 0)
        .i32(units)
        .i32(x.shape().c() % channels() == 0 ? 1 : 0);
    var dyRows = down.rows().transpose();
    var dyCols = down.cols().transpose();
    var last = backward ? up.cols().transpose() : down.cols();
    arguments
        .f32(Math.max(1, reach(up.rows())))
        .f32(reach(up.rows()) * reach(up.cols()))
        .f32(Math.max(1, reach(dyRows)))
        .f32(reach(dyRows) * reach(dyCols))
        .f32(Math.max(1, reach(last)));
    String kernel =
        "%s%s_%d_%s".formatted(MODULE, backward ? "_backward" : "", size(), from.suffix());
    long grid = Math.min(tiles(units), (long) SMS * blocks());
    return site.grid(MODULE, kernel, grid, 1, 1, WARPS * 32, bytes(units), arguments);
  }

  private int transposed() {
    int bits = 0;
    var axes = List.of(up.rows(), up.cols(), down.rows(), down.cols());
    for (int i = 0; i < axes.size(); i++) {
      bits |= axes.get(i).transposed() ? 1 << i : 0;
    }
    return bits;
  }

  /// How many times larger than its input a result can be: the largest sum of magnitudes of a row.
  private static double reach(IdealResampler axis) {
    var matrix = axis.matrix();
    var sums = new double[axis.out()];
    for (int j = 0; j < axis.to(); j++) {
      for (int i = 0; i < axis.from(); i++) {
        sums[axis.transposed() ? i : j] += Math.abs(matrix.get(j * axis.from() + i));
      }
    }
    return Arrays.stream(sums).max().orElseThrow();
  }
}
