package bandlimit.backend.cuda;

import bandlimit.backend.Arguments;
import bandlimit.graph.op.PrepareImages;
import bandlimit.signal.Boundary;
import bandlimit.tensor.DType;
import java.util.List;

/// `kernels/images.cu`: windows of images, normalised.
final class ImagesCuda {
  /// What the parameter struct has room for.
  static final int MOST_CHANNELS = 16;

  private ImagesCuda() {}

  static List<Work> prepare(Site site, PrepareImages op) {
    var x = site.in(0, DType.U8);
    var y = site.out(DType.F32, DType.BF16);
    int channels = x.shape().c();
    if (channels > MOST_CHANNELS) {
      throw site.tooMuch("at most %d channels, got %d", MOST_CHANNELS, channels);
    }
    var arguments =
        new Arguments()
            .pointer(x.address())
            .pointer(site.in(1, DType.I32).address())
            .pointer(y.address())
            .i32(x.shape().n())
            .i32(x.shape().h())
            .i32(x.shape().w())
            .i32(channels)
            .i32(op.height())
            .i32(op.width())
            .i32(op.outside() == Boundary.REFLECT ? 1 : 0);
    for (int c = 0; c < MOST_CHANNELS; c++) {
      arguments.f32(c < channels ? op.factor(c) : 0);
    }
    for (int c = 0; c < MOST_CHANNELS; c++) {
      arguments.f32(c < channels ? op.offset(c) : 0);
    }
    boolean packs = site.options().fast() && y.isAligned() && op.width() * channels % y.pack() == 0;
    return List.of(
        site.flat(
            "images",
            (packs ? "images_v_" : "images_") + y.suffix(),
            packs ? y.size() / y.pack() : y.size(),
            arguments));
  }
}
