package bandlimit.backend.cuda;

import bandlimit.backend.Arguments;
import bandlimit.graph.op.Cast;
import bandlimit.graph.op.Expand;
import bandlimit.graph.op.Scale;
import bandlimit.tensor.DType;
import java.util.List;
import java.util.Optional;

/// `kernels/arithmetic.cu`: sums and products with stretched operands, multiples, casts, copies.
///
/// A sum or product is elementwise where no operand is stretched, or where one is a single number;
/// else it is the first of these that fits: b periodic, rows of whole packs, any axes.
final class ArithmeticCuda {
  private static final String MODULE = "arithmetic";

  private ArithmeticCuda() {}

  static List<Work> add(Site site) {
    return zip(site, "add");
  }

  static List<Work> mul(Site site) {
    return zip(site, "mul");
  }

  /// A sum or product where one operand is whole and the other whole or one number.
  static Optional<Elementwise> elementwise(Site site, String stem) {
    var a = site.in(0, DType.F32, DType.BF16);
    var b = site.in(1, a.dtype());
    var y = site.out(a.dtype());
    if (a.size() == y.size() && b.size() == y.size()) {
      return Optional.of(Elementwise.of(MODULE, stem, List.of(a, b), y).grouping());
    }
    if (a.size() == y.size() && b.size() == 1) {
      return Optional.of(withNumber(stem, a, b, y));
    }
    if (b.size() == y.size() && a.size() == 1) {
      return Optional.of(withNumber(stem, b, a, y));
    }
    return Optional.empty();
  }

  private static Elementwise withNumber(String stem, Operand a, Operand number, Operand y) {
    return Elementwise.of(MODULE, stem + "_number", List.of(a), y).withNumbers(number).grouping();
  }

  private static List<Work> zip(Site site, String stem) {
    return elementwise(site, stem)
        .map(step -> step.launch(site))
        .orElseGet(() -> stretched(site, stem));
  }

  private static List<Work> stretched(Site site, String stem) {
    var a = site.in(0);
    var b = site.in(1);
    var y = site.out();
    var stretch = Stretch.of(a.shape(), b.shape(), y.shape());
    return stretch.isWholeB() // both operations commute
        ? stretched(site, stem, List.of(b, a), stretch.swapped(), 1)
        : stretched(site, stem, List.of(a, b), stretch, 1);
  }

  private static List<Work> stretched(
      Site site, String stem, List<Operand> x, Stretch stretch, double factor) {
    var y = site.out();
    if (stretch.axes().size() > Stretch.MOST_AXES) {
      throw site.tooMuch(
          "at most %d runs of axes that stretch differently, got %d",
          Stretch.MOST_AXES, stretch.axes().size());
    }
    var arguments =
        new Arguments()
            .pointer(x.getFirst().address())
            .pointer(x.getLast().address())
            .pointer(y.address())
            .i64(y.size());
    stretch.pack(arguments).f32(factor);
    var variant = variant(site, x, stretch);
    long threads = variant.equals("stretched") ? y.size() : Math.ceilDiv(y.size(), y.pack());
    return List.of(
        site.flat(MODULE, "%s_%s_%s".formatted(stem, variant, y.suffix()), threads, arguments));
  }

  private static String variant(Site site, List<Operand> x, Stretch stretch) {
    var y = site.out();
    boolean fast =
        site.options().fast()
            && y.size() <= Integer.MAX_VALUE
            && y.isAligned()
            && x.stream().allMatch(Operand::isAligned);
    if (fast && stretch.isWholeA() && stretch.isPeriodicB()) {
      return "periodic";
    }
    return fast && stretch.inner().extent() % y.pack() == 0 ? "rows" : "stretched";
  }

  static List<Work> expand(Site site, Expand op) {
    var x = site.in(0, DType.F32, DType.BF16);
    var y = site.out(x.dtype());
    if (x.size() == y.size()) {
      return multiple(op.factor(), x, y).launch(site);
    }
    var stretch = Stretch.of(x.shape(), x.shape(), y.shape());
    return stretched(site, "expand", List.of(x), stretch, op.factor());
  }

  static List<Work> scale(Site site, Scale op) {
    if (op.factor() == 1 && site.in(0).address() == site.out().address()) {
      return List.of();
    }
    return elementwise(site, op).launch(site);
  }

  /// A multiple of 1 is a copy, of any element type and to the bit.
  static Elementwise elementwise(Site site, Scale op) {
    if (op.factor() == 1) {
      return copy(site.in(0), site.out(site.in(0).dtype()));
    }
    var x = site.in(0, DType.F32, DType.BF16);
    return multiple(op.factor(), x, site.out(x.dtype()));
  }

  private static Elementwise multiple(double factor, Operand x, Operand y) {
    return Elementwise.of(MODULE, "scale", List.of(x), y).withValues(factor).grouping();
  }

  private static Elementwise copy(Operand x, Operand y) {
    return Elementwise.bytes(MODULE, "copy", List.of(x), y);
  }

  static List<Work> cast(Site site, Cast op) {
    return elementwise(site, op).launch(site);
  }

  /// Between floating types, rounded once, and from integers to them.
  static Elementwise elementwise(Site site, Cast op) {
    var x = site.in(0);
    if (x.dtype() == op.to()) {
      return copy(x, site.out(op.to()));
    }
    var y = site.out(DType.F32, DType.BF16);
    site.in(0, DType.F32, DType.BF16, DType.I32, DType.U8);
    var step =
        Elementwise.of(MODULE, "cast", List.of(x), y).withType(x.suffix() + "_" + y.suffix());
    return x.dtype().isFloating() ? step.grouping() : step;
  }
}
