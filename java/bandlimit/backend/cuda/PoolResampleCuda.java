package bandlimit.backend.cuda;

import bandlimit.backend.Arguments;
import bandlimit.graph.op.MaxPool;
import bandlimit.graph.op.MaxPoolResample;
import bandlimit.graph.op.PaddedResample;
import bandlimit.tensor.DType;
import bandlimit.tensor.Shape;
import java.util.List;

/// `kernels/pool_resample.cu`: a max-pool of stride 1 and its blur as one step.
///
/// The first of these that fits runs; all give the same bits:
/// 1. windows of 2x2 or 3x3 and a low-pass of 2 to 7 taps at stride 2: threads walk down the map
/// 2. 16 bytes of channels a thread, any taps
/// 3. one element a thread: the plain kernel
final class PoolResampleCuda {
  private static final int STRIP = 2; // POOL_STRIP of the kernel file

  private PoolResampleCuda() {}

  /// Only where a blur reads each window few times: a long filter over large windows costs more
  /// than the pooled map's way through memory.
  static boolean has(MaxPoolResample op) {
    var pool = op.pool();
    return pool.strideH() == 1
        && pool.strideW() == 1
        && Math.max(pool.kernelH(), pool.kernelW()) <= 3
        && Walk.isShortDecimation(op.blur().resample());
  }

  static List<Work> run(Site site, MaxPoolResample op) {
    var x = site.in(0, DType.F32, DType.BF16);
    var y = site.out(x.dtype());
    var pool = op.pool();
    var pooled = pool.infer(List.of(x.type())).shape();
    boolean square = pool.kernelH() == pool.kernelW() && pool.kernelH() >= 2;
    var blur = op.blur();
    if (site.options().fast() && square && Walk.isDecimatingLowpass(blur.resample(), y)) {
      var walk = Walk.of(y, y.shape().w(), y.shape().h(), STRIP);
      int taps = blur.resample().rows().taps().size();
      return List.of(
          walk.launch(
              site,
              "pool_resample",
              "pool_resample_%d_%d".formatted(pool.kernelH(), taps),
              arguments(site, pooled, pool, blur, walk.run())));
    }
    return List.of(
        ResampleCuda.anyTaps(
            site, "pool_resample", "pool_resample", arguments(site, pooled, pool, blur, 0)));
  }

  /// `struct PoolResampleParams`.
  private static Arguments arguments(
      Site site, Shape pooled, MaxPool pool, PaddedResample blur, int run) {
    return ResampleCuda.arguments(site, pooled, blur.pad(), blur.resample(), run)
        .i32(site.in(0).shape().h())
        .i32(site.in(0).shape().w())
        .i32(pool.kernelH())
        .i32(pool.kernelW())
        .i32(pool.padH())
        .i32(pool.padW());
  }
}
