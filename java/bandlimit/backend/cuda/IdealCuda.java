package bandlimit.backend.cuda;

import bandlimit.backend.Arguments;
import bandlimit.graph.op.IdealResample;
import bandlimit.signal.IdealResampler;
import bandlimit.tensor.DType;
import bandlimit.tensor.TensorType;
import java.util.List;

/// `kernels/ideal.cu`: ideal resampling of both axes in one, of maps that fit shared memory; of
/// others rows and then columns, float32 between the two, by the plain kernel where not even a
/// block's share of one axis fits. All to float32's accuracy.
final class IdealCuda {
  private static final int LONGEST = 64; // of rows in and columns out: what registers hold

  private static final int RESULTS = 64; // of a block of ideal_lines
  private static final int LINES = 16;
  private static final int THREADS = 256;
  private static final int BLOCKS = 2 * 132;

  private IdealCuda() {}

  /// Whatever the device: what fits it is asked when it runs.
  static long scratchBytes(IdealResample op, TensorType x) {
    return x.shape().size() / op.rows().in() * op.rows().out() * Float.BYTES;
  }

  static List<Work> run(Site site, IdealResample op) {
    var x = site.in(0, DType.F32, DType.BF16);
    var y = site.out(x.dtype());
    if (site.options().fast()
        && longest(op) <= LONGEST
        && planes(op).bytes(1) <= site.sharedBytes()) {
      return List.of(inPlanes(site, op));
    }
    var shape = x.shape();
    long n = shape.n();
    long c = shape.c();
    long half = site.scratch();
    long rows = site.in(1, DType.F32).address();
    long cols = site.in(2, DType.F32).address();
    return List.of(
        axis(site, x.suffix() + "_f32", op.rows(), x.address(), rows, half, n, shape.w() * c),
        axis(
            site, "f32_" + x.suffix(), op.cols(), half, cols, y.address(), n * op.rows().out(), c));
  }

  private static int longest(IdealResample op) {
    return Math.max(op.rows().in(), op.cols().out());
  }

  private static CellPlanes planes(IdealResample op) {
    boolean square = op.rows().equals(op.cols());
    int matrices =
        CellPlanes.matrix(op.rows(), true, 2)
            + (square ? 0 : CellPlanes.matrix(op.cols(), true, 2));
    int tallest = Math.max(op.rows().in(), op.rows().out());
    return new CellPlanes(
        4,
        matrices + CellPlanes.CELL + CellPlanes.REACH,
        CellPlanes.plane(tallest, op.cols().in()));
  }

  private static Launch inPlanes(Site site, IdealResample op) {
    var x = site.in(0);
    int size = CellPlanes.size(longest(op));
    int blocks = size == 4 ? 2 : 3;
    var planes = planes(op);
    int n = x.shape().n();
    int c = x.shape().c();
    int units = planes.units(n, c, blocks, site.sharedBytes());
    var arguments =
        new Arguments()
            .pointer(x.address())
            .pointer(site.in(1, DType.F32).address())
            .pointer(site.in(2, DType.F32).address())
            .pointer(site.out().address())
            .i64(planes.tiles(n, c, units))
            .i32(planes.tilesOfSample(c, units))
            .i32(c)
            .i32(op.rows().in())
            .i32(op.cols().in())
            .i32(op.rows().out())
            .i32(op.cols().out())
            .i32((op.rows().transposed() ? 1 : 0) | (op.cols().transposed() ? 2 : 0))
            .i32(op.rows().equals(op.cols()) ? 1 : 0)
            .i32(units)
            .i32(c % planes.channels() == 0 ? 1 : 0);
    return planes.launch(
        site,
        "ideal",
        "ideal_planes_%d_%s".formatted(size, x.suffix()),
        n,
        c,
        units,
        blocks,
        arguments);
  }

  /// One axis: by the fast kernel where a block's share of the map fits.
  private static Work axis(
      Site site,
      String types,
      IdealResampler axis,
      long x,
      long matrix,
      long y,
      long outer,
      long inner) {
    if (site.options().fast() && lines(axis) <= site.sharedBytes()) {
      return inLines(site, types, axis, new Operands(x, matrix, y), outer, inner);
    }
    var arguments =
        new Arguments()
            .pointer(x)
            .pointer(matrix)
            .pointer(y)
            .i64(outer)
            .i64(inner)
            .i32(axis.from())
            .i32(axis.to())
            .i32(axis.transposed() ? 1 : 0);
    return site.flat("ideal", "ideal_axis_" + types, outer * axis.out() * inner, arguments);
  }

  private record Operands(long x, long matrix, long y) {}

  /// Shared memory of `ideal_lines`.
  private static int lines(IdealResampler axis) {
    int row = CellPlanes.matrixRow(axis.in(), true);
    return RESULTS * row * 2
        + CellPlanes.CELL
        + CellPlanes.REACH
        + CellPlanes.plane(axis.in(), LINES);
  }

  private static Launch inLines(
      Site site, String types, IdealResampler axis, Operands at, long outer, long inner) {
    long tilesOfOuter = Math.ceilDiv(inner, LINES * 4L);
    long parts = Math.ceilDiv(axis.out(), RESULTS);
    var arguments =
        new Arguments()
            .pointer(at.x)
            .pointer(at.matrix)
            .pointer(at.y)
            .i64(outer)
            .i64(inner)
            .i64(tilesOfOuter)
            .i32(axis.in())
            .i32(axis.out())
            .i32(axis.transposed() ? 1 : 0)
            .i32(inner % 4 == 0 ? 1 : 0);
    long grid = Math.min(outer * tilesOfOuter, Math.ceilDiv(BLOCKS, parts));
    return site.grid(
        "ideal", "ideal_lines_" + types, grid, parts, 1, THREADS, lines(axis), arguments);
  }
}
