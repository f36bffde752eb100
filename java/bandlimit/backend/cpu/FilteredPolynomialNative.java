package bandlimit.backend.cpu;

import bandlimit.backend.Arguments;
import bandlimit.graph.op.FilteredPolynomial;
import bandlimit.graph.op.FilteredPolynomialBackward;
import bandlimit.graph.op.IdealResample;
import bandlimit.signal.IdealResampler;
import bandlimit.tensor.DType;
import bandlimit.tensor.TensorType;
import java.util.List;
import java.util.Optional;

/// `native/cpu/filtered_polynomial.cpp`.
final class FilteredPolynomialNative {
  private static final int HIGHEST_DEGREE = 8;
  private static final int WIDEST = 16; // floats of a register

  private FilteredPolynomialNative() {}

  /// What a shift or samples that are no period of their own would break is the mirror symmetry
  /// that the kernel folds its axes by.
  static boolean has(IdealResample up, IdealResample down, int degree) {
    return degree <= HIGHEST_DEGREE
        && List.of(up.rows(), up.cols(), down.rows(), down.cols()).stream()
            .allMatch(IdealResampler::isMirrored);
  }

  /// Of the gradient: sums for each sample, coefficient and channel.
  static long scratchBytes(int degree, List<TensorType> in) {
    var x = in.getFirst().shape();
    return (long) x.n() * (degree + 1) * x.c() * Float.BYTES;
  }

  static Optional<Kernel> forward(NativeSite site, FilteredPolynomial op) {
    var axes = List.of(op.up().rows(), op.up().cols(), op.down().rows(), op.down().cols());
    return Optional.of(
        kernel(site, "filtered_polynomial", op.up(), op.down(), axes, op.degree(), 0, 0));
  }

  static Optional<Kernel> backward(NativeSite site, FilteredPolynomialBackward op) {
    var up = op.up();
    var axes =
        List.of(
            up.rows(),
            up.cols(),
            up.rows().transpose(),
            up.cols().transpose(),
            op.down().rows().transpose(),
            op.down().cols().transpose());
    long partial = site.scratch();
    var gradients =
        kernel(
            site,
            "filtered_polynomial_backward",
            up,
            op.down(),
            axes,
            op.degree(),
            site.in(6),
            partial);
    var x = site.inShape(0);
    var sums = site.memory().view(TensorType.of(DType.F32, x.n(), op.degree() + 1, x.c()), partial);
    var da = site.memory().view(site.step().out().get(1));
    return Optional.of(
        () -> {
          gradients.run();
          sum(sums, da, x.n(), op.degree() + 1, x.c(), op.shared());
        });
  }

  /// Over the samples in their order, and over the channels where they share.
  private static void sum(
      View sums, View da, int samples, int count, int channels, boolean shared) {
    for (int k = 0; k < count; k++) {
      double all = 0;
      for (int c = 0; c < channels; c++) {
        double own = 0;
        for (int n = 0; n < samples; n++) {
          own += sums.get(((long) n * count + k) * channels + c);
        }
        all += own;
        if (!shared) {
          da.set((long) c * count + k, (float) own);
        }
      }
      if (shared) {
        da.set(k, (float) all);
      }
    }
  }

  /// Weights of an axis, as `native/cpu/folded.h` packs them.
  private static long folded(IdealResampler axis, int together) {
    boolean halves = axis.in() % 2 == 0 && axis.out() % 2 == 0;
    int parts = halves ? 4 : 2;
    int panels = Math.ceilDiv(axis.out() / parts + 1, together);
    return (long) panels * together * parts * (axis.in() / parts + 1);
  }

  private static Kernel kernel(
      NativeSite site,
      String name,
      IdealResample up,
      IdealResample down,
      List<IdealResampler> packed,
      int degree,
      long dy,
      long partial) {
    int width = site.library().width();
    int together = width == 16 ? 4 : 3;
    var x = site.inShape(0);
    var arguments =
        new Arguments()
            .pointer(site.in(0))
            .pointer(site.in(1))
            .pointer(dy)
            .pointer(site.out(0))
            .pointer(partial);
    IdealNative.axis(arguments, up.rows(), site.in(2));
    IdealNative.axis(arguments, up.cols(), site.in(3));
    IdealNative.axis(arguments, down.rows(), site.in(4));
    IdealNative.axis(arguments, down.cols(), site.in(5));
    int streams = x.c() % WIDEST == 0 ? site.streams(0) : 0;
    arguments.i32(x.c()).i32(degree).i32(site.inShape(1).at(0) == 1 ? 1 : 0).i32(streams);
    long between = (long) up.rows().out() * (up.cols().in() + down.cols().out());
    long floats =
        packed.stream().mapToLong(axis -> folded(axis, together)).sum()
            + (between + 2L * up.cols().out() + 1) * width
            + (x.h() + x.w() + up.rows().out() + up.cols().out() + 4L) * width;
    long tasks = (long) x.n() * Math.ceilDiv(x.c(), width);
    return site.kernel(name, tasks, floats * Float.BYTES, arguments);
  }
}
