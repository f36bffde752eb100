package bandlimit.backend.cuda;

import bandlimit.backend.Arguments;
import bandlimit.graph.op.IdealResample;
import bandlimit.signal.IdealResampler;
import bandlimit.tensor.DType;
import bandlimit.tensor.TensorType;
import java.util.List;

/// `kernels/ideal.cu`: ideal resampling, rows and then columns; float32 between the two.
final class IdealCuda {
  private IdealCuda() {}

  static long scratchBytes(IdealResample op, TensorType x) {
    return x.shape().size() / op.rows().in() * op.rows().out() * Float.BYTES;
  }

  static List<Work> run(Site site, IdealResample op) {
    var x = site.in(0, DType.F32, DType.BF16);
    var y = site.out(x.dtype());
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

  private static Work axis(
      Site site,
      String types,
      IdealResampler axis,
      long x,
      long matrix,
      long y,
      long outer,
      long inner) {
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
}
