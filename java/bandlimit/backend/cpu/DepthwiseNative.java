package bandlimit.backend.cpu;

import bandlimit.backend.Arguments;
import bandlimit.graph.op.Conv2d;
import bandlimit.graph.op.Conv2dInputGrad;
import bandlimit.graph.op.Conv2dWeightGrad;
import bandlimit.graph.op.ConvGeometry;
import bandlimit.graph.op.Op;
import bandlimit.signal.Boundary;
import bandlimit.tensor.Shape;
import bandlimit.tensor.TensorType;
import java.util.List;
import java.util.Optional;

/// `native/cpu/depthwise*.cpp`: a convolution with as many groups as channels in and out, and both
/// gradients, whatever the window.
///
/// A single channel is oneDNN's: to us it would be a register with one number in it.
final class DepthwiseNative {
  private static final int REGISTER = 16; // the widest; channels of a task are a multiple of it
  private static final int TASKS = 16; // wanted, where each has so many multiply-adds of registers:
  private static final long LEAST = 1 << 17; // 40 us
  private static final long MOST = 1 << 20;

  /// Of a task at least, where there are as many: for fewer, packing the weights would be more than
  /// 2% of it.
  private static final long PIXELS = 784;

  private static final int TABLE_FACTOR = 6; // a list holds up to three pairs for each tap

  private final ConvGeometry geometry;
  private final Shape in; // what the window walks over
  private final Shape out;
  private final int kernelH;
  private final int kernelW;
  private final boolean inputGrad;
  private final int group;
  private final int rows;

  private DepthwiseNative(ConvGeometry g, Shape in, Shape out, Shape w, boolean inputGrad) {
    this.geometry = g;
    this.in = in;
    this.out = out;
    this.kernelH = w.at(1);
    this.kernelW = w.at(2);
    this.inputGrad = inputGrad;
    long taps = (long) kernelH * kernelW;
    long all = (long) out.n() * out.h();
    long least = Math.min(PIXELS, all * out.w());
    int registers = ceil(out.c(), REGISTER);
    long task = Math.clamp(taps * all * out.w() * registers / TASKS, LEAST, MOST);
    int groups = ceil(registers, Math.clamp(task / (taps * least), 1, registers));
    int inGroup = ceil(registers, groups);
    group = inGroup * REGISTER;
    long pixels = Math.max(least, task / (taps * inGroup));
    long slabs = Math.max(1, all * out.w() / pixels);
    rows = Math.toIntExact((all + slabs - 1) / slabs);
  }

  private static int ceil(int all, int size) {
    return (all + size - 1) / size;
  }

  private static Optional<DepthwiseNative> of(Op op, List<Shape> in, Shape out) {
    return switch (op) {
      case Conv2d(var g) -> of(g, in.get(0), out, in.get(1), false);
      case Conv2dInputGrad(var g, var x) -> of(g, in.get(0), x, in.get(1), true);
      case Conv2dWeightGrad(var g, var w) -> of(g, in.get(0), in.get(1), w, false);
      default -> Optional.empty();
    };
  }

  private static Optional<DepthwiseNative> of(
      ConvGeometry g, Shape in, Shape out, Shape w, boolean inputGrad) {
    return g.groups() > 1 && g.groups() == w.at(0) && w.at(3) == 1
        ? Optional.of(new DepthwiseNative(g, in, out, w, inputGrad))
        : Optional.empty();
  }

  /// For the planner; empty where this is no such convolution.
  static Optional<Long> scratchBytes(Op op, List<TensorType> in, TensorType out) {
    return of(op, in.stream().map(TensorType::shape).toList(), out.shape())
        .map(d -> op instanceof Conv2dWeightGrad ? d.slabs() * d.partialBytes() : 0L);
  }

  static Optional<Kernel> prepare(NativeSite site) {
    var step = site.step();
    var shapes = step.in().stream().map(slot -> slot.type().shape()).toList();
    return of(step.op(), shapes, site.outShape(0))
        .map(d -> step.op() instanceof Conv2dWeightGrad ? d.weightGrad(site) : d.map(site));
  }

  private int slabs() {
    return ceil(out.n() * out.h(), rows);
  }

  private int groups() {
    return ceil(out.c(), group);
  }

  private int taps() {
    return kernelH * kernelW;
  }

  private int channels() {
    return (out.c() + REGISTER - 1) / REGISTER * REGISTER;
  }

  private long partialBytes() {
    return (long) channels() * taps() * Float.BYTES;
  }

  /// Forward and input gradient.
  private Kernel map(NativeSite site) {
    int streams = out.c() % REGISTER == 0 ? site.streams(0) : 0;
    long weights = (long) group * taps();
    long lists = TABLE_FACTOR * (kernelH + (long) kernelW * out.w()) + out.w();
    long scratch = (weights + lists + positions()) * Float.BYTES;
    return site.kernel(
        "depthwise", (long) slabs() * groups(), scratch, arguments(site, site.out(0), streams));
  }

  private Kernel weightGrad(NativeSite site) {
    long scratch = (TABLE_FACTOR * (long) kernelH + positions()) * Float.BYTES;
    var slabs =
        site.kernel(
            "depthwise_weight_slabs",
            (long) slabs() * groups(),
            scratch,
            arguments(site, site.scratch(), 0));
    int sumGroup = Math.max(REGISTER, (1 << 16) / (taps() * slabs()) / REGISTER * REGISTER);
    var arguments =
        new Arguments()
            .pointer(site.scratch())
            .pointer(site.out(0))
            .i64(slabs())
            .i32(out.c())
            .i32(taps())
            .i32(sumGroup);
    long tasks = (out.c() + sumGroup - 1) / sumGroup;
    var sum = site.kernel("depthwise_weight_sum", tasks, arguments);
    return () -> {
      slabs.run();
      sum.run();
    };
  }

  /// Columns that all windows of a row together reach.
  private long positions() {
    return (long) (out.w() - 1) * geometry.strideW()
        + (long) (kernelW - 1) * geometry.dilationW()
        + 1;
  }

  /// An input gradient without strides is a convolution with the taps in reverse; a circular one
  /// only where as much comes out as goes in, so that each tap meets one output and not none or
  /// two.
  private boolean flipped() {
    return inputGrad
        && geometry.strideH() == 1
        && geometry.strideW() == 1
        && geometry.dilationH() == 1
        && geometry.dilationW() == 1
        && (geometry.boundary() == Boundary.ZERO || in.equals(out));
  }

  private Arguments arguments(NativeSite site, long to, int streams) {
    boolean flipped = flipped();
    return new Arguments()
        .pointer(site.in(0))
        .pointer(site.in(1))
        .pointer(to)
        .i64(out.n())
        .i32(out.c())
        .i32(in.h())
        .i32(in.w())
        .i32(out.h())
        .i32(out.w())
        .i32(kernelH)
        .i32(kernelW)
        .i32(geometry.strideH())
        .i32(geometry.strideW())
        .i32(geometry.dilationH())
        .i32(geometry.dilationW())
        .i32(flipped ? kernelH - 1 - geometry.top() : geometry.top())
        .i32(flipped ? kernelW - 1 - geometry.left() : geometry.left())
        .i32(geometry.boundary() == Boundary.CIRCULAR ? 1 : 0)
        .i32(flipped ? 1 : 0)
        .i32(inputGrad && !flipped ? 1 : 0)
        .i32(streams)
        .i32(rows)
        .i32(group);
  }
}
