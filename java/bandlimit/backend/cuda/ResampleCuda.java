package bandlimit.backend.cuda;

import bandlimit.graph.op.Resample;
import bandlimit.signal.Resampler;
import bandlimit.tensor.DType;
import java.util.List;

/// `kernels/resample.cu`: blur, blur-pool, upsampling, and the gradient of each.
final class ResampleCuda {
  /// What the parameter struct has room for.
  static final int MOST_TAPS = 16;

  private ResampleCuda() {}

  static List<Work> run(Site site, Resample op) {
    var x = site.in(0, DType.F32, DType.BF16);
    var y = site.out(x.dtype());
    var arguments =
        new Arguments()
            .pointer(x.address())
            .pointer(y.address())
            .i32(x.shape().n())
            .i32(x.shape().h())
            .i32(x.shape().w())
            .i32(x.shape().c())
            .i32(y.shape().h())
            .i32(y.shape().w());
    axis(site, arguments, op.rows());
    axis(site, arguments, op.cols());
    return List.of(site.flat("resample", "resample_" + x.suffix(), y.size(), arguments));
  }

  /// `struct Axis`.
  private static void axis(Site site, Arguments arguments, Resampler axis) {
    if (axis.taps().size() > MOST_TAPS) {
      throw site.tooMuch("at most %d taps an axis, got %d", MOST_TAPS, axis.taps().size());
    }
    arguments.i32(axis.taps().size()).i32(axis.up()).i32(axis.down()).i32(axis.before());
    for (int k = 0; k < MOST_TAPS; k++) {
      arguments.f32(k < axis.taps().size() ? axis.taps().get(k) : 0);
    }
  }
}
