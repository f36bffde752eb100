package bandlimit.backend.cpu;

import bandlimit.backend.Arguments;
import bandlimit.graph.op.IdealResample;
import bandlimit.signal.IdealResampler;
import java.util.Optional;

/// `native/cpu/ideal.cpp`.
final class IdealNative {
  private IdealNative() {}

  static Optional<Kernel> prepare(NativeSite site, IdealResample op) {
    int width = site.library().width();
    int block = 2 * width;
    int together = width == 16 ? 8 : 4;
    var x = site.inShape(0);
    var arguments = new Arguments().pointer(site.in(0)).pointer(site.out(0));
    axis(arguments, op.rows(), site.in(1));
    axis(arguments, op.cols(), site.in(2));
    arguments.i32(x.c());
    long floats =
        packed(op.rows(), together)
            + packed(op.cols(), together)
            + (long) op.rows().out() * x.w() * block;
    long tasks = (long) x.n() * Math.ceilDiv(x.c(), block);
    return Optional.of(site.kernel("ideal_resample", tasks, floats * Float.BYTES, arguments));
  }

  static void axis(Arguments arguments, IdealResampler axis, long matrix) {
    arguments.pointer(matrix).i32(axis.from()).i32(axis.to()).i32(axis.transposed() ? 1 : 0).i32(0);
  }

  static long packed(IdealResampler axis, int together) {
    return (long) Math.ceilDiv(axis.out(), together) * together * axis.in();
  }
}
