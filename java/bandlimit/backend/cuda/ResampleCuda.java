package bandlimit.backend.cuda;

import bandlimit.backend.Arguments;
import bandlimit.graph.op.Pad;
import bandlimit.graph.op.PaddedResample;
import bandlimit.graph.op.Resample;
import bandlimit.signal.Resampler;
import bandlimit.tensor.DType;
import bandlimit.tensor.Shape;
import java.util.List;

/// `kernels/resample.cu`: blur, blur-pool, upsampling, and the gradient of each.
///
/// The first of these that fits runs; all give the same bits:
/// 1. a low-pass of 2 to 7 taps at stride 1 or 2: threads walk down the map
/// 2. its transpose at factor 2: [ResampleFoldCuda]'s, without a border
/// 3. 16 bytes of channels a thread, any taps and factors
/// 4. one element a thread: the plain kernel
final class ResampleCuda {
  /// What the parameter struct has room for.
  static final int MOST_TAPS = 16;

  private ResampleCuda() {}

  static boolean has(PaddedResample op) {
    return fits(op.resample());
  }

  /// Whether the parameter struct has room for the taps.
  static boolean fits(Resample op) {
    return Math.max(op.rows().taps().size(), op.cols().taps().size()) <= MOST_TAPS;
  }

  static List<Work> run(Site site, Resample op) {
    var y = site.out();
    return site.options().fast() && op.rows().up() == 2 && Walk.isTransposedLowpass(op, y)
        ? ResampleFoldCuda.run(site, op)
        : padded(site, PaddedResample.of(op));
  }

  static List<Work> padded(Site site, PaddedResample padded) {
    var x = site.in(0, DType.F32, DType.BF16);
    var y = site.out(x.dtype());
    var pad = padded.pad();
    var op = padded.resample();
    if (site.options().fast() && Walk.isLowpass(op, y)) {
      int stride = op.rows().down();
      var walk = Walk.of(y, y.shape().w(), y.shape().h());
      return List.of(
          walk.launch(
              site,
              "resample",
              "resample_%d_%d".formatted(op.rows().taps().size(), stride),
              arguments(site, x.shape(), pad, op, walk.run())));
    }
    return List.of(anyTaps(site, "resample", "resample", arguments(site, x.shape(), pad, op, 0)));
  }

  /// The kernels for any taps and factors: NAME_DTYPE, and NAME_pack_DTYPE where channels are whole
  /// packs.
  static Launch anyTaps(Site site, String module, String name, Arguments arguments) {
    var y = site.out();
    boolean packs = site.options().fast() && y.shape().c() % y.pack() == 0;
    return site.flat(
        module,
        name + (packs ? "_pack_" : "_") + y.suffix(),
        y.size() / (packs ? y.pack() : 1),
        arguments);
  }

  /// `struct ResampleParams`, from the step's first input, of which `inside` are the extents of
  /// what is read before padding.
  static Arguments arguments(Site site, Shape inside, Pad pad, Resample op, int run) {
    var y = site.out().shape();
    var arguments =
        new Arguments()
            .pointer(site.in(0).address())
            .pointer(site.out().address())
            .i32(y.n())
            .i32(inside.h())
            .i32(inside.w())
            .i32(y.c())
            .i32(y.h())
            .i32(y.w())
            .i32(LayoutCuda.boundary(pad.mode()))
            .i32(run);
    axis(site, arguments, op.rows(), pad.top(), pad.bottom());
    axis(site, arguments, op.cols(), pad.left(), pad.right());
    return arguments;
  }

  /// `struct Axis`.
  private static void axis(
      Site site, Arguments arguments, Resampler axis, int padBefore, int padAfter) {
    if (axis.taps().size() > MOST_TAPS) {
      throw site.tooMuch("at most %d taps an axis, got %d", MOST_TAPS, axis.taps().size());
    }
    arguments
        .i32(axis.taps().size())
        .i32(axis.up())
        .i32(axis.down())
        .i32(axis.before())
        .i32(padBefore)
        .i32(padAfter);
    for (int k = 0; k < MOST_TAPS; k++) {
      arguments.f32(k < axis.taps().size() ? axis.taps().get(k) : 0);
    }
  }
}
