package bandlimit.backend.cuda;

import bandlimit.backend.Arguments;
import bandlimit.graph.op.Concat;
import bandlimit.graph.op.Fold;
import bandlimit.graph.op.Pad;
import bandlimit.graph.op.Permute;
import bandlimit.graph.op.Slice;
import bandlimit.signal.Boundary;
import bandlimit.tensor.DType;
import bandlimit.tensor.Shape;
import java.util.ArrayList;
import java.util.List;

/// `kernels/layout.cu`: moving elements without changing them, and the transpose of padding.
///
/// What only moves is moved in the widest unit, of 1 to 16 bytes, that divides all its extents.
final class LayoutCuda {
  /// Axes of a permutation, once neighbours that stay together are one: what the struct holds.
  private static final int MOST_AXES = 6;

  private LayoutCuda() {}

  static List<Work> pad(Site site, Pad op) {
    int unit = unit(site, site.in(0).shape().c() * elementBytes(site));
    int c = site.in(0).shape().c() * elementBytes(site) / unit;
    return List.of(
        site.flat(
            "layout",
            "layout_pad_" + unit,
            site.out().size() * elementBytes(site) / unit,
            border(site, site.in(0).shape().with(3, c), op)));
  }

  static List<Work> fold(Site site, Fold op) {
    var x = site.in(0, DType.F32, DType.BF16);
    var y = site.out(x.dtype());
    boolean packs = site.options().fast() && y.shape().c() % y.pack() == 0;
    int width = packs ? y.pack() : 1;
    var as = new Pad(op.mode(), op.top(), op.bottom(), op.left(), op.right());
    return List.of(
        site.flat(
            "layout",
            (packs ? "layout_fold_pack_" : "layout_fold_") + y.suffix(),
            y.size() / width,
            border(site, y.shape().with(3, y.shape().c() / width), as)));
  }

  /// `struct PadParams`; `inside` with its channels in units of a thread.
  private static Arguments border(Site site, Shape inside, Pad op) {
    return new Arguments()
        .pointer(site.in(0).address())
        .pointer(site.out().address())
        .i32(inside.n())
        .i32(inside.h())
        .i32(inside.w())
        .i32(inside.c())
        .i32(boundary(op.mode()))
        .i32(op.top())
        .i32(op.bottom())
        .i32(op.left())
        .i32(op.right());
  }

  /// `enum Boundary` of kernels/common.cuh.
  static int boundary(Boundary mode) {
    return switch (mode) {
      case ZERO -> 0;
      case REFLECT -> 1;
      case REPLICATE -> 2;
      case CIRCULAR -> 3;
    };
  }

  static List<Work> permute(Site site, Permute op) {
    var x = site.in(0).shape();
    var axes = together(x, op.order());
    var order = axes.stream().map(Axis::place).toList();
    if (site.options().fast() && (order.equals(List.of(1, 0)) || order.equals(List.of(0, 2, 1)))) {
      return List.of(transpose(site, axes));
    }
    // the innermost axis may move in wider units where it stays the innermost
    boolean stays = !axes.isEmpty() && axes.getLast().place() == axes.size() - 1;
    int unit =
        stays ? unit(site, axes.getLast().extent() * elementBytes(site)) : elementBytes(site);
    int packed = unit / elementBytes(site);
    if (axes.size() > MOST_AXES) {
      throw site.tooMuch("at most %d axes that move apart, got %d", MOST_AXES, axes.size());
    }
    var arguments =
        new Arguments()
            .pointer(site.in(0).address())
            .pointer(site.out().address())
            .i64(site.out().size() / packed)
            .i32(axes.size());
    for (int i = 0; i < MOST_AXES; i++) {
      int extent = i < axes.size() ? axes.get(i).extent() : 1;
      arguments.i32(i == axes.size() - 1 ? extent / (stays ? packed : 1) : extent);
    }
    for (int i = 0; i < MOST_AXES; i++) {
      boolean inner = i == axes.size() - 1 && stays;
      arguments.i64(i >= axes.size() ? 0 : inner ? 1 : axes.get(i).stride() / packed);
    }
    return List.of(
        site.flat("layout", "layout_permute_" + unit, site.out().size() / packed, arguments));
  }

  /// An axis of y: its extent, its stride in x in elements, and its place among the axes of x.
  private record Axis(int extent, long stride, int place) {}

  /// The axes of y, where those of extent 1 are left out and those that lie side by side in x too
  /// are one.
  private static List<Axis> together(Shape x, List<Integer> order) {
    var strides = new long[x.rank()];
    long stride = 1;
    for (int axis = x.rank() - 1; axis >= 0; axis--) {
      strides[axis] = stride;
      stride *= x.at(axis);
    }
    var merged = new ArrayList<Axis>();
    for (int axis : order) {
      if (x.at(axis) == 1) {
        continue;
      }
      var next = new Axis(x.at(axis), strides[axis], 0);
      if (!merged.isEmpty() && merged.getLast().stride() == next.stride() * next.extent()) {
        var last = merged.removeLast();
        next = new Axis(last.extent() * next.extent(), next.stride(), 0);
      }
      merged.add(next);
    }
    return merged.stream()
        .map(
            axis ->
                new Axis(
                    axis.extent(),
                    axis.stride(),
                    (int) merged.stream().filter(a -> a.stride() > axis.stride()).count()))
        .toList();
  }

  private static Work transpose(Site site, List<Axis> axes) {
    long batch = axes.size() == 3 ? axes.getFirst().extent() : 1;
    int cols = axes.get(axes.size() - 2).extent();
    int rows = axes.getLast().extent();
    var arguments =
        new Arguments()
            .pointer(site.in(0).address())
            .pointer(site.out().address())
            .i32(rows)
            .i32(cols);
    long tiles = batch * ((rows + 31) / 32) * ((cols + 31) / 32);
    return site.grid(
        "layout", "layout_transpose_" + elementBytes(site), tiles, 1, 1, 256, 0, arguments);
  }

  static List<Work> slice(Site site, Slice op) {
    var x = site.in(0).shape();
    long inner = inner(x, op.axis());
    return List.of(
        runs(
            site,
            site.in(0).address() + op.from() * inner * elementBytes(site),
            x.at(op.axis()) * inner,
            site.out().address(),
            (op.to() - op.from()) * inner,
            site.out().size()));
  }

  static List<Work> concat(Site site, Concat op) {
    long inner = inner(site.out().shape(), op.axis());
    long pitch = site.out().shape().at(op.axis()) * inner;
    long to = site.out().address();
    var work = new ArrayList<Work>();
    for (var part : site.in()) {
      long length = part.shape().at(op.axis()) * inner;
      work.add(runs(site, part.address(), length, to, pitch, part.size()));
      to += length * elementBytes(site);
    }
    return work;
  }

  private static long inner(Shape shape, int axis) {
    long inner = 1;
    for (int i = axis + 1; i < shape.rank(); i++) {
      inner *= shape.at(i);
    }
    return inner;
  }

  /// Rows at a pitch of `xPitch` elements to rows at `yPitch`, each as long as the smaller one.
  private static Work runs(Site site, long x, long xPitch, long y, long yPitch, long elements) {
    int bytes = elementBytes(site);
    int unit = unit(site, x, y, xPitch * bytes, yPitch * bytes);
    long total = elements * bytes / unit;
    var arguments =
        new Arguments()
            .pointer(x)
            .pointer(y)
            .i64(total)
            .i64(xPitch * bytes / unit)
            .i64(yPitch * bytes / unit)
            .i32(Math.min(xPitch, yPitch) * bytes / unit);
    return site.flat("layout", "layout_runs_" + unit, total, arguments);
  }

  private static int elementBytes(Site site) {
    return site.out().dtype().bytes();
  }

  /// The widest unit that divides `bytes`; one element where only the plain variants may run.
  private static int unit(Site site, long... bytes) {
    int unit = site.options().fast() ? 16 : elementBytes(site);
    for (long each : bytes) {
      while (each % unit != 0) {
        unit /= 2;
      }
    }
    return unit;
  }
}
