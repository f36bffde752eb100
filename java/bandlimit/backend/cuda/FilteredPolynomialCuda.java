package bandlimit.backend.cuda;

import bandlimit.backend.Arguments;
import bandlimit.graph.op.FilteredPolynomial;
import bandlimit.graph.op.FilteredPolynomialBackward;
import bandlimit.graph.op.IdealResample;
import bandlimit.tensor.DType;
import bandlimit.tensor.TensorType;
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
  private static final int SUMS = 8 * (HIGHEST_DEGREE + 1) * 8 * Float.BYTES; // of all warps

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
    return degree <= HIGHEST_DEGREE && longest() <= LONGEST && planes().bytes(1) <= sharedBytes;
  }

  private int longest() {
    return Math.max(
        Math.max(up.rows().in(), up.cols().in()), Math.max(down.rows().out(), down.cols().out()));
  }

  private boolean isExact() {
    return x.dtype() == DType.F32;
  }

  /// Whether both axes read the same matrices.
  private boolean isSquare() {
    return up.rows().equals(up.cols()) && down.rows().equals(down.cols());
  }

  /// `struct Room` of the kernel file.
  private CellPlanes planes() {
    int parts = isExact() ? 2 : 1;
    int fixed =
        CellPlanes.matrix(up.rows(), false, parts)
            + CellPlanes.matrix(down.rows(), true, parts)
            + CellPlanes.CELL
            + (isExact() ? 2 * CellPlanes.REACH : 0);
    if (!isSquare()) {
      fixed +=
          CellPlanes.matrix(up.cols(), false, parts) + CellPlanes.matrix(down.cols(), true, parts);
    }
    int outW = down.cols().out();
    int width = backward ? up.cols().in() : Math.max(up.cols().in(), outW);
    int each = CellPlanes.plane(Math.max(up.rows().in(), up.rows().out()), width);
    if (backward) {
      int dy = CellPlanes.plane(Math.max(down.rows().out(), up.rows().out()), outW);
      fixed += Math.max(0, SUMS - dy); // which lie where dy's planes were
      each += dy;
    }
    return new CellPlanes(isExact() ? 4 : 8, fixed, each);
  }

  /// Blocks that an SM has registers for.
  private int blocks() {
    return switch (CellPlanes.size(longest())) {
      case 1 -> backward ? 2 : 3;
      case 2 -> 2;
      default -> 1;
    };
  }

  // ---- launch ----

  private Launch launch(Site site, long dy, long partial) {
    var from = site.in(0);
    var planes = planes();
    int n = x.shape().n();
    int c = x.shape().c();
    int units = planes.units(n, c, blocks(), site.sharedBytes());
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
        .i64(planes.tiles(n, c, units))
        .i32(planes.tilesOfSample(c, units))
        .i32(c)
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
        .i32(c % planes.channels() == 0 ? 1 : 0);
    var dyRows = down.rows().transpose();
    var dyCols = down.cols().transpose();
    var last = backward ? up.cols().transpose() : down.cols();
    arguments
        .f32(Math.max(1, CellPlanes.reach(up.rows())))
        .f32(CellPlanes.reach(up.rows()) * CellPlanes.reach(up.cols()))
        .f32(Math.max(1, CellPlanes.reach(dyRows)))
        .f32(CellPlanes.reach(dyRows) * CellPlanes.reach(dyCols))
        .f32(Math.max(1, CellPlanes.reach(last)));
    String kernel =
        "%s%s_%d_%s"
            .formatted(
                MODULE, backward ? "_backward" : "", CellPlanes.size(longest()), from.suffix());
    return planes.launch(site, MODULE, kernel, n, c, units, blocks(), arguments);
  }

  private int transposed() {
    int bits = 0;
    var axes = List.of(up.rows(), up.cols(), down.rows(), down.cols());
    for (int i = 0; i < axes.size(); i++) {
      bits |= axes.get(i).transposed() ? 1 << i : 0;
    }
    return bits;
  }
}
