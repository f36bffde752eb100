package bandlimit.backend.cuda;

import bandlimit.backend.Arguments;
import bandlimit.graph.op.NormalizeReluResample;
import bandlimit.graph.op.Over;
import bandlimit.tensor.DType;
import java.util.List;

/// `kernels/norm_act_resample.cu`: batch norm's application, ReLU and a blur as one step.
///
/// The first of these that fits runs; all give the same bits:
/// 1. a low-pass of 2 to 7 taps at stride 2: threads walk down the map
/// 2. 16 bytes of channels a thread, any taps
/// 3. one element a thread: the plain kernel
final class NormActResampleCuda {
  private NormActResampleCuda() {}

  static boolean has(NormalizeReluResample op) {
    return op.normalize().over().kind() == Over.Kind.BATCH
        && Walk.isShortDecimation(op.blur().resample());
  }

  static List<Work> run(Site site, NormalizeReluResample op) {
    var x = site.in(0, DType.F32, DType.BF16);
    var y = site.out(x.dtype());
    if (site.options().fast() && Walk.isDecimatingLowpass(op.blur().resample(), y)) {
      var walk = Walk.of(y, y.shape().w(), y.shape().h());
      return List.of(
          walk.launch(
              site,
              "norm_act_resample",
              "norm_act_resample_" + op.blur().resample().rows().taps().size(),
              arguments(site, op, walk.run())));
    }
    return List.of(
        ResampleCuda.anyTaps(
            site, "norm_act_resample", "norm_act_resample", arguments(site, op, 0)));
  }

  /// `struct NormActResampleParams`.
  private static Arguments arguments(Site site, NormalizeReluResample op, int run) {
    var blur = op.blur();
    return ResampleCuda.arguments(site, site.in(0).shape(), blur.pad(), blur.resample(), run)
        .pointer(site.in(1, DType.F32).address())
        .pointer(site.in(2, DType.F32).address())
        .pointer(site.in(3, DType.F32).address())
        .f32(op.normalize().epsilon());
  }
}
