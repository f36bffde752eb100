package bandlimit.backend.cpu;

import bandlimit.backend.Arguments;
import bandlimit.graph.op.Conv2d;
import bandlimit.graph.op.ConvBiasRelu;
import bandlimit.graph.op.ConvGeometry;
import bandlimit.graph.op.ConvNormalizeRelu;
import bandlimit.graph.op.Op;
import bandlimit.signal.Boundary;
import bandlimit.tensor.Shape;
import bandlimit.tensor.TensorType;
import java.util.List;
import java.util.Optional;

/// `native/cpu/direct.cpp`: a convolution of few pixels, such as a chunk of a stream.
///
/// Weights that nothing in the program renews are packed once, with the factors of a normalisation
/// that is as fixed, and anew after the host wrote a state. Groups and circular borders are left to
/// others: no stream has a border, and what has as many groups as channels has a kernel of its own.
final class DirectNative {
  private static final int GROUP = 96; // pixels of a task: whole pieces of 6 and of 8

  private final int width; // floats in a register
  private final ConvGeometry geometry;
  private final Shape x;
  private final Shape w;
  private final Shape y;
  private final int registers;
  private final int blocks;

  private DirectNative(int width, ConvGeometry geometry, Shape x, Shape w, Shape y) {
    this.width = width;
    this.geometry = geometry;
    this.x = x;
    this.w = w;
    this.y = y;
    int all = Math.ceilDiv(y.c(), width);
    int widest = width == 16 ? 4 : 2; // registers of a block that leave enough for its pixels
    registers = Math.ceilDiv(all, Math.ceilDiv(all, widest));
    blocks = Math.ceilDiv(all, registers);
  }

  private static Optional<DirectNative> of(int width, Op op, List<TensorType> in, Shape y) {
    return switch (op) {
      case Conv2d(var g) -> of(width, g, in, y);
      case ConvBiasRelu fused -> of(width, fused.geometry(), in, y);
      case ConvNormalizeRelu fused -> of(width, fused.geometry(), in, y);
      default -> Optional.empty();
    };
  }

  private static Optional<DirectNative> of(
      int width, ConvGeometry g, List<TensorType> in, Shape y) {
    return g.groups() == 1
            && g.boundary() == Boundary.ZERO
            && y.size() / y.c() <= PackedWeights.PIXELS
        ? Optional.of(new DirectNative(width, g, in.get(0).shape(), in.get(1).shape(), y))
        : Optional.empty();
  }

  static Optional<Long> scratchBytes(int width, Op op, List<TensorType> in, Shape out) {
    return of(width, op, in, out)
        .map(d -> d.weightBytes() + ConvEpilogue.of(op).scratchBytes(out.c()));
  }

  static Optional<Kernel> prepare(NativeSite site) {
    var in = site.step().in().stream().map(slot -> slot.type()).toList();
    return of(site.library().width(), site.step().op(), in, site.outShape(0))
        .map(d -> d.convolution(site));
  }

  private int row() {
    return Math.toIntExact(w.size() / w.at(0));
  }

  private long weightBytes() {
    return (long) blocks * registers * width * row() * Float.BYTES;
  }

  private Kernel convolution(NativeSite site) {
    var step = site.step();
    var epilogue = ConvEpilogue.of(step.op());
    var kept = site.memory().packed().filter(p -> isFixed(p, site, epilogue));
    long v =
        kept.map(p -> p.place(weightBytes() + epilogue.scratchBytes(y.c())))
            .orElseGet(site::scratch);
    long factors = v + weightBytes();
    var fold = epilogue.fold(step, site.memory(), factors, y.c());
    var weights =
        site.kernel(
            "direct_weights",
            blocks,
            new Arguments()
                .pointer(site.in(1))
                .pointer(v)
                .pointer(epilogue.normalizes() ? factors : 0)
                .i32(row())
                .i32(y.c())
                .i32(registers));
    Kernel pack =
        () -> {
          fold.run();
          weights.run();
        };
    var packed = kept.map(p -> p.whenChanged(pack)).orElse(pack);
    var products = products(site, epilogue, v, factors);
    return () -> {
      packed.run();
      products.run();
    };
  }

  /// Whether all that the packed weights come from stays as the host wrote it.
  private static boolean isFixed(PackedWeights packed, NativeSite site, ConvEpilogue epilogue) {
    int last = epilogue.normalizes() ? 5 : 2;
    return site.step().in().subList(1, last).stream().allMatch(packed::isFixed);
  }

  private Kernel products(NativeSite site, ConvEpilogue epilogue, long v, long factors) {
    var step = site.step();
    boolean together = // the taps of a row, which then are one tap of many channels
        geometry.dilationW() == 1 && geometry.left() == 0 && geometry.right() == 0;
    int run = together ? w.at(2) * x.c() : x.c();
    long pixels = y.size() / y.c();
    long groups = Math.ceilDiv(pixels, GROUP);
    long group = groups == 1 ? pixels : Math.ceilDiv(Math.ceilDiv(pixels, groups), 24) * 24;
    var arguments =
        new Arguments()
            .pointer(site.in(0))
            .pointer(v)
            .pointer(site.out(0))
            .pointer(
                epilogue.shift(step, site.memory(), factors, y.c()).map(View::address).orElse(0L))
            .pointer(epilogue.residual(step, site.memory()).map(View::address).orElse(0L))
            .i64(pixels)
            .i64(group)
            .i32(x.h())
            .i32(x.w())
            .i32(x.c())
            .i32(run)
            .i32(y.h())
            .i32(y.w())
            .i32(y.c())
            .i32(w.at(1))
            .i32(together ? 1 : w.at(2))
            .i32(geometry.strideH())
            .i32(geometry.strideW())
            .i32(geometry.dilationH())
            .i32(geometry.dilationW())
            .i32(geometry.top())
            .i32(geometry.left())
            .i32(registers)
            .i32(epilogue.relu() ? 1 : 0);
    long zeros = (long) Math.ceilDiv(run, width) * width * Float.BYTES;
    return site.kernel("direct_conv", Math.ceilDiv(pixels, group) * blocks, zeros, arguments);
  }
}
