package bandlimit.backend.cpu;

import bandlimit.backend.Arguments;
import bandlimit.graph.op.MaxPool;
import bandlimit.graph.op.MaxPoolResample;
import bandlimit.tensor.Shape;
import java.util.List;

/// `native/cpu/maxpool.cpp`: max-pooling and its gradient; and with a blur, `lowpass_made.cpp`.
final class MaxPoolNative {
  private static final int FEWEST_TASKS = 32;
  private static final int SHORTEST_BAND = 8; // each band may read the row above it once more

  private MaxPoolNative() {}

  static Kernel run(NativeSite site, MaxPool op) {
    return kernel(site, "maxpool", 0, op, 0, site.inShape(0), site.outShape(0), 0);
  }

  static Kernel grad(NativeSite site, MaxPool op) {
    var x = site.inShape(0);
    boolean pairs = op.equals(MaxPool.of(2, 1, 0));
    boolean whole = x.c() % 16 == 0; // of registers, as wide as they come: every pixel starts one
    return kernel(
        site,
        pairs ? "maxpool_gradient_2x2" : "maxpool_gradient",
        pairs ? 8L * x.w() * x.c() : 0,
        op,
        site.in(1),
        x,
        site.inShape(1),
        pairs && whole ? site.streams(0) : 0);
  }

  static Kernel blurred(NativeSite site, MaxPoolResample op) {
    var x = site.inShape(0);
    Shape pooled = op.pool().infer(List.of(site.step().in().getFirst().type())).shape();
    var blur = LowPassNative.of(site, pooled, op.blur());
    return blur.kernel(
        "lowpass_pooled",
        blur.lineBytes() + blur.madeBytes(),
        window(blur.arguments(), op.pool(), x, pooled));
  }

  private static Kernel kernel(
      NativeSite site,
      String name,
      long scratch,
      MaxPool op,
      long dy,
      Shape x,
      Shape pooled,
      int streams) {
    var result = site.outShape(0);
    long most = Math.max(1, result.h() / SHORTEST_BAND);
    long bands = Math.clamp(Math.ceilDiv(FEWEST_TASKS, result.n()), 1, most);
    long band = Math.ceilDiv(result.h(), bands);
    var arguments = new Arguments().pointer(site.in(0)).pointer(dy).pointer(site.out(0));
    window(arguments, op, x, pooled).i32(band).i32(streams);
    return site.kernel(name, result.n() * Math.ceilDiv(result.h(), band), scratch, arguments);
  }

  /// `struct Window`.
  private static Arguments window(Arguments to, MaxPool op, Shape x, Shape pooled) {
    return to.i32(x.h())
        .i32(x.w())
        .i32(x.c())
        .i32(pooled.h())
        .i32(pooled.w())
        .i32(op.kernelH())
        .i32(op.kernelW())
        .i32(op.strideH())
        .i32(op.strideW())
        .i32(op.padH())
        .i32(op.padW());
  }
}
