package bandlimit.backend.cuda;

import bandlimit.graph.op.Fold;
import bandlimit.graph.op.FoldedResample;
import bandlimit.graph.op.Pad;
import bandlimit.graph.op.Resample;
import bandlimit.signal.Boundary;
import bandlimit.tensor.DType;
import java.util.List;

/// `kernels/resample_fold.cu`: the gradient of a blur with a border in one gather.
///
/// The first of these that fits runs; all give the same bits:
/// 1. the transpose of a low-pass of 2 to 7 taps at stride 1 or 2: threads walk down the map
/// 2. 16 bytes of channels a thread, any taps and factors
/// 3. one element a thread: the plain kernel
final class ResampleFoldCuda {
  private ResampleFoldCuda() {}

  static boolean has(FoldedResample op) {
    return ResampleCuda.fits(op.resample());
  }

  static List<Work> run(Site site, FoldedResample op) {
    return run(site, op.resample(), op.fold());
  }

  /// Without a border.
  static List<Work> run(Site site, Resample op) {
    return run(site, op, new Fold(Boundary.ZERO, 0, 0, 0, 0));
  }

  private static List<Work> run(Site site, Resample op, Fold fold) {
    var x = site.in(0, DType.F32, DType.BF16);
    var y = site.out(x.dtype());
    var border = new Pad(fold.mode(), fold.top(), fold.bottom(), fold.left(), fold.right());
    if (site.options().fast() && Walk.isTransposedLowpass(op, y)) {
      int up = op.rows().up();
      int width = y.shape().w() + Walk.shift(op.cols(), border.left());
      int height = y.shape().h() + Walk.shift(op.rows(), border.top());
      var walk = Walk.of(y, width, Math.ceilDiv(height, up));
      return List.of(
          walk.launch(
              site,
              "resample_fold",
              "resample_fold_%d_%d".formatted(op.rows().taps().size(), up),
              ResampleCuda.arguments(site, x.shape(), border, op, walk.run())));
    }
    return List.of(
        ResampleCuda.anyTaps(
            site,
            "resample_fold",
            "resample_fold",
            ResampleCuda.arguments(site, x.shape(), border, op, 0)));
  }
}
