package bandlimit.backend.cuda;

import bandlimit.backend.Arguments;
import bandlimit.graph.op.Dropout;
import bandlimit.graph.op.Fn;
import bandlimit.graph.op.Pointwise;
import bandlimit.graph.op.PointwiseGrad;
import bandlimit.tensor.DType;
import java.util.List;
import java.util.Locale;

/// `kernels/pointwise.cu`: functions of one number and their derivatives, and dropout.
final class PointwiseCuda {
  private static final String MODULE = "pointwise";
  private static final int MOST_ROWS = 65535; // of a grid, along y
  private static final double DRAWS = 0x1p24;

  private PointwiseCuda() {}

  static List<Work> run(Site site, Pointwise op) {
    return elementwise(site, op).launch(site);
  }

  static Elementwise elementwise(Site site, Pointwise op) {
    var x = site.in(0, DType.F32, DType.BF16);
    var step = Elementwise.of(MODULE, stem(op.fn()), List.of(x), site.out(x.dtype()));
    return op.fn() == Fn.SQUARE && x.dtype() == DType.F32 ? step.grouping() : step;
  }

  static List<Work> grad(Site site, PointwiseGrad op) {
    var kept = site.in(0, DType.F32, DType.BF16);
    var operands = List.of(kept, site.in(1, kept.dtype()));
    return Elementwise.of(MODULE, stem(op.fn()) + "_grad", operands, site.out(kept.dtype()))
        .launch(site);
  }

  private static String stem(Fn fn) {
    return fn.name().toLowerCase(Locale.ROOT);
  }

  static List<Work> dropout(Site site, Dropout op) {
    var x = site.in(0, DType.F32, DType.BF16);
    var counter = site.in(1, DType.I32);
    var y = site.out(x.dtype());
    int samples = x.shape().rank() == 0 ? 1 : x.shape().at(0);
    long perDraw = op.perSample() ? x.size() / samples : 1;
    var arguments =
        new Arguments()
            .pointer(x.address())
            .pointer(y.address())
            .pointer(counter.address())
            .i64(x.size())
            .i64(perDraw)
            .i64(op.key())
            .i32((long) Math.ceil(op.rate() * DRAWS)) // exact: a power of 2
            .f32(1 / (1 - op.rate()));
    boolean fast = site.options().fast() && x.isAligned() && y.isAligned();
    if (fast && perDraw % x.pack() == 0 && samples <= MOST_ROWS) {
      long blocks = Math.min(Site.MANY_BLOCKS, Math.ceilDiv(perDraw / x.pack(), Site.THREADS));
      return List.of(
          site.grid(
              MODULE,
              "dropout_sample_" + x.suffix(),
              blocks,
              samples,
              1,
              Site.THREADS,
              0,
              arguments));
    }
    if (fast && perDraw == 1 && x.size() >= x.pack()) {
      long packs = x.size() / x.pack();
      return List.of(site.flat(MODULE, "dropout_v_" + x.suffix(), packs, arguments));
    }
    return List.of(site.flat(MODULE, "dropout_" + x.suffix(), x.size(), arguments));
  }
}
