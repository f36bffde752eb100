package bandlimit.certify;

import bandlimit.graph.Node;
import bandlimit.graph.op.ConvGeometry;
import bandlimit.signal.Boundary;
import bandlimit.signal.IdealResampler;
import bandlimit.signal.Resampler;
import java.util.List;
import java.util.Locale;

/// What an operation does along one axis; remembers why something was lost.
final class AxisRules {
  static final String DEVIATION = "dividing by a deviation that changes from pixel to pixel";

  private final Node node;
  private String why = "";

  AxisRules(Node node) {
    this.node = node;
  }

  /// An operand of a sum or product.
  ///
  /// @param same whether one number stands at all positions, where it has no grid
  record Operand(Axis axis, boolean same) {}

  Culprit culprit() {
    return new Culprit(node.path(), why.isEmpty() ? node.op().toString() : why);
  }

  private Culprit because(String reason) {
    why = reason;
    return culprit();
  }

  private Axis lost(Grid grid, int samples, String reason) {
    because(reason);
    return grid.lost(samples);
  }

  private static boolean isPeriod(Grid grid) {
    return grid.extra() == 0;
  }

  Axis convolved(Axis axis, int stride, int before, int after, ConvGeometry g, int at) {
    if (!(axis instanceof Grid grid)) {
      return axis;
    }
    var wide = before + after > 0 ? padded(grid, g.boundary(), before, after) : grid;
    return windows(wide, stride, node.shape().at(at));
  }

  /// The windows of a convolution or filter.
  private Axis windows(Grid grid, int stride, int out) {
    if (grid.n() % stride != 0) {
      return lost(
          grid, out, "a stride of %d does not divide %d samples".formatted(stride, grid.n()));
    }
    if (stride == 1 || grid.claims().isEmpty()) {
      return still(grid.windows(stride, out, culprit()));
    }
    var culprit =
        because(
            "a stride of %d leaves %d samples, but frequencies go up to %d"
                .formatted(stride, grid.n() / stride, grid.top()));
    return still(grid.windows(stride, out, culprit));
  }

  Axis padded(Axis axis, Boundary mode, int before, int after) {
    return axis instanceof Grid grid && before + after > 0
        ? padded(grid, mode, before, after)
        : axis;
  }

  private Grid padded(Grid grid, Boundary mode, int before, int after) {
    int samples = grid.n() + grid.extra();
    if (mode == Boundary.CIRCULAR && isPeriod(grid)) {
      return wider(grid, before + after, grid.claims());
    }
    if (mode == Boundary.CIRCULAR) {
      because(
          "circular padding of %d samples, which are no period of %d".formatted(samples, grid.n()));
    } else {
      because(mode.name().toLowerCase(Locale.ROOT) + " padding");
    }
    return wider(grid, before + after, List.of());
  }

  private static Grid wider(Grid grid, int by, List<Claim> claims) {
    int top = claims.isEmpty() ? grid.n() / 2 : grid.top();
    return grid.with(grid.n(), grid.extra() + by, top, claims);
  }

  Axis resampled(Axis axis, Resampler r, int at) {
    if (!(axis instanceof Grid grid) || r.isIdentity()) {
      return axis;
    }
    int out = node.shape().at(at);
    var wide =
        r.up() == 1
            ? grid
            : grid.stuffed(r.up(), because("zeros between samples repeat the band of " + grid.n()));
    if (r.before() > 0 || r.after() > 0) {
      wide = padded(wide, Boundary.ZERO, Math.max(0, r.before()), Math.max(0, r.after()));
    }
    return windows(wide, r.down(), out);
  }

  Axis ideal(Axis axis, IdealResampler r) {
    if (!(axis instanceof Grid grid) || r.isIdentity()) {
      return axis;
    }
    if (!isPeriod(grid) || (long) r.num() * r.to() != (long) r.den() * r.from()) {
      return lost(
          grid,
          r.out(),
          "resampling of %d samples to %d that are no period".formatted(r.in(), r.out()));
    }
    int highest = r.band() % 2 == 0 && r.edge() != 0 ? r.band() / 2 : (r.band() - 1) / 2;
    if (r.transposed() && r.in() < 2 * highest) {
      return lost(grid, r.out(), "zeros between samples repeat the band of " + r.in());
    }
    var low = grid.lowpassed(highest);
    var culprit = because("%d samples, but frequencies go up to %d".formatted(r.out(), low.top()));
    return still(low.sampled(r.out(), culprit));
  }

  Axis pooled(Axis axis, int kernel, int stride, int pad, int at) {
    if (!(axis instanceof Grid grid) || (kernel == 1 && stride == 1 && pad == 0)) {
      return axis;
    }
    int out = node.shape().at(at);
    if (pad > 0) {
      because("the edge of a max-pool");
      return windows(wider(grid, 2 * pad, List.of()), stride, out);
    }
    var y = windows(kernel == 1 ? grid : grid.pointwise(), stride, out);
    if (grid.n() % stride == 0 && kernel > 1) {
      because(
          stride == 1
              ? "a maximum widens the band without limit"
              : "a maximum at one position of " + stride);
    }
    return y;
  }

  Axis polynomial(Axis axis, int degree) {
    if (!(axis instanceof Grid grid) || degree == 1) {
      return axis;
    }
    return grid.polynomial(
        degree,
        because(
            "degree %d of frequencies up to %d needs a grid of %d samples, it has %d"
                .formatted(degree, grid.top(), (degree + 1) * grid.top() + 1, grid.n())));
  }

  /// Of the channels at each position.
  Axis deviation(Axis axis) {
    return axis instanceof Grid grid ? grid.polynomial(2, because(DEVIATION)) : axis;
  }

  Axis pointwise(Axis axis, String reason) {
    if (!(axis instanceof Grid grid)) {
      return axis;
    }
    because(reason);
    return grid.pointwise();
  }

  /// x and statistics of each pixel.
  Axis divided(Axis axis, Axis statistics, String reason) {
    var both = together(axis, new Operand(statistics, true), false);
    return pointwise(both, reason);
  }

  Axis together(Axis axis, Operand other, boolean product) {
    if (axis instanceof Axis.Still a && other.axis instanceof Axis.Still b) {
      return a.and(b);
    }
    if (axis instanceof Grid grid && other.axis instanceof Grid second) {
      return grids(grid, second, product);
    }
    var grid = (Grid) (axis instanceof Grid ? axis : other.axis);
    var still = (Axis.Still) (axis instanceof Grid ? other.axis : axis);
    if (!other.same) {
      return lost(grid, grid.n() + grid.extra(), "a number of its own at each position");
    }
    return grid.plus(Grid.constant(grid.pixels(), grid.n(), grid.extra(), still.claims()));
  }

  private Axis grids(Grid a, Grid b, boolean product) {
    int length = a.n() + a.extra();
    if (a.top() == 0 || b.top() == 0) {
      var wave = a.top() == 0 ? b : a;
      var constant = a.top() == 0 ? a : b;
      return wave.plus(Grid.constant(wave.pixels(), wave.n(), wave.extra(), constant.claims()));
    }
    if (a.n() != b.n() || length != b.n() + b.extra()) {
      return lost(a, length, "maps of %d and %d samples a period".formatted(a.n(), b.n()));
    }
    if (!product) {
      because("maps that move otherwise");
      return a.plus(b);
    }
    return a.times(
        b,
        because(
            "a product of frequencies up to %d and %d on %d samples"
                .formatted(a.top(), b.top(), a.n())));
  }

  Axis.Still energy(Axis axis) {
    return switch (axis) {
      case Axis.Still still -> still;
      case Grid grid -> {
        because(isPeriod(grid) ? "a deviation over positions" : "statistics over no whole period");
        yield grid.energy();
      }
    };
  }

  Axis sum(Axis axis) {
    if (axis instanceof Grid grid) {
      because(
          "a sum over %d positions of a period of %d".formatted(grid.n() + grid.extra(), grid.n()));
      return grid.sum();
    }
    return axis;
  }

  /// What is left of an axis whose positions are mixed.
  Axis.Still still(Axis axis, String reason) {
    return switch (axis) {
      case Axis.Still still -> still;
      case Grid _ -> {
        because(reason);
        yield Axis.Still.NEVER;
      }
    };
  }

  Axis cut(Axis axis, int samples) {
    return axis instanceof Grid grid
        ? grid.with(grid.n(), samples - grid.n(), grid.top(), grid.claims())
        : axis;
  }

  Axis constant(Axis.Still still, int samples) {
    // how many pixels it is of matters to no constant
    return Grid.constant(samples, samples, 0, still.claims());
  }

  /// A period of one sample has nowhere to go.
  private static Axis still(Grid grid) {
    return grid.n() == 1 && grid.extra() == 0 ? grid.sum() : grid;
  }
}
