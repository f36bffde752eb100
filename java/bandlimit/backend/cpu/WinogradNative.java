package bandlimit.backend.cpu;

import bandlimit.backend.Arguments;
import bandlimit.graph.op.Conv2d;
import bandlimit.graph.op.Conv2dInputGrad;
import bandlimit.graph.op.Conv2dWeightGrad;
import bandlimit.graph.op.ConvBiasRelu;
import bandlimit.graph.op.ConvGeometry;
import bandlimit.graph.op.ConvNormalizeRelu;
import bandlimit.graph.op.Op;
import bandlimit.signal.Boundary;
import bandlimit.tensor.Shape;
import bandlimit.tensor.TensorType;
import java.util.List;
import java.util.Optional;

/// `native/cpu/winograd.cpp` and `winograd_gradient.cpp`: dense 3x3 convolutions of stride 1 with a
/// quarter of the multiplications.
///
/// How the work is cut follows from shapes alone, so results do not depend on threads.
final class WinogradNative {
  private static final int TILE = 4;
  private static final int POINTS = 36;
  private static final int CHUNK = 64;

  /// Fewer channels do too little between the transforms.
  private static final int FEWEST_CHANNELS = 16;

  /// Fewer do not earn back the transform of the weights; set by two measurements, not by a search:
  /// with 512 channels and 8 maps of 7x7 by tiles, ResNet-18's forward convolutions took 80 ms in
  /// place of 97.
  private static final int FEWEST_PIXELS = 128;

  private final int width; // floats in a register
  private final ConvGeometry geometry;
  private final Shape x; // of the convolution that the step is: of dy for an input gradient
  private final Shape y;
  private final long tiles;

  private WinogradNative(int width, ConvGeometry geometry, Shape x, Shape y) {
    this.width = width;
    this.geometry = geometry;
    this.x = x;
    this.y = y;
    this.tiles = (long) x.n() * Math.ceilDiv(y.h(), TILE) * Math.ceilDiv(y.w(), TILE);
  }

  /// Whether the kernel is for this convolution of `x` to `y`.
  private static boolean fits(ConvGeometry g, Shape x, Shape w, Shape y) {
    return y.size() / y.c() >= FEWEST_PIXELS
        && w.at(1) == 3
        && w.at(2) == 3
        && g.strideH() == 1
        && g.strideW() == 1
        && g.dilationH() == 1
        && g.dilationW() == 1
        && g.groups() == 1
        && g.top() <= 2
        && g.bottom() <= 2
        && g.left() <= 2
        && g.right() <= 2
        && (g.boundary() == Boundary.ZERO || sameSize(g))
        && x.c() >= FEWEST_CHANNELS
        && y.c() >= FEWEST_CHANNELS
        && Math.min(y.h(), y.w()) >= 3;
  }

  /// Only then is the input gradient of a circular convolution one itself.
  private static boolean sameSize(ConvGeometry g) {
    return g.boundary() == Boundary.CIRCULAR
        && g.top() + g.bottom() == 2
        && g.left() + g.right() == 2;
  }

  private static Optional<WinogradNative> of(int width, Op op, List<TensorType> in, Shape out) {
    return switch (op) {
      case Conv2d(var g) when fits(g, in.get(0).shape(), in.get(1).shape(), out) ->
          Optional.of(new WinogradNative(width, g, in.get(0).shape(), out));
      case ConvBiasRelu fused
          when fits(fused.geometry(), in.get(0).shape(), in.get(1).shape(), out) ->
          Optional.of(new WinogradNative(width, fused.geometry(), in.get(0).shape(), out));
      case ConvNormalizeRelu fused
          when fits(fused.geometry(), in.get(0).shape(), in.get(1).shape(), out) ->
          Optional.of(new WinogradNative(width, fused.geometry(), in.get(0).shape(), out));
      case Conv2dInputGrad(var g, var x) when fits(g, x, in.get(1).shape(), in.get(0).shape()) ->
          Optional.of(new WinogradNative(width, transposed(g), in.get(0).shape(), out));
      case Conv2dWeightGrad(var g, var w) when fits(g, in.get(0).shape(), w, in.get(1).shape()) ->
          Optional.of(new WinogradNative(width, g, in.get(0).shape(), in.get(1).shape()));
      default -> Optional.empty();
    };
  }

  private static ConvGeometry transposed(ConvGeometry g) {
    return new ConvGeometry(
        1, 1, 1, 1, 2 - g.top(), 2 - g.bottom(), 2 - g.left(), 2 - g.right(), 1, g.boundary());
  }

  static Optional<Long> scratchBytes(int width, Op op, List<TensorType> in, Shape out) {
    return of(width, op, in, out)
        .map(
            w ->
                op instanceof Conv2dWeightGrad
                    ? w.slabs() * out.size() * Float.BYTES
                    : w.weightFloats() * Float.BYTES + ConvEpilogue.of(op).scratchBytes(out.c()));
  }

  static Optional<Kernel> prepare(NativeSite site) {
    var step = site.step();
    var in = step.in().stream().map(slot -> slot.type()).toList();
    return of(site.library().width(), step.op(), in, site.outShape(0))
        .map(
            w ->
                switch (step.op()) {
                  case Conv2dWeightGrad _ -> w.weightGradient(site);
                  case Conv2dInputGrad _ -> w.convolution(site, true);
                  default -> w.convolution(site, false);
                });
  }

  // ---- forward and input gradient ----

  private int blocks() {
    return Math.ceilDiv(y.c(), 2 * width);
  }

  private long weightFloats() {
    return (long) blocks() * POINTS * (x.c() + 1) * 2 * width;
  }

  /// Tiles of a task: they go through the weights together, and their transforms should stay near.
  private int group() {
    int most = x.c() <= CHUNK ? 48 : 24;
    long groups = Math.ceilDiv(tiles, most);
    return (int) Math.min(Math.ceilDiv(Math.ceilDiv(tiles, groups), 4) * 4, tiles); // of equal size
  }

  /// Blocks of channels of a task: weights that many tasks read should stay in the last cache
  /// level.
  private int blocksPerTask() {
    return Math.max(1, Math.min(blocks(), 128 / (2 * width)));
  }

  private Kernel convolution(NativeSite site, boolean flipped) {
    long v = site.scratch();
    var epilogue = ConvEpilogue.of(site.step().op());
    long factors = v + weightFloats() * Float.BYTES;
    var fold = epilogue.fold(site.step(), site.memory(), factors, y.c());
    var shift = epilogue.shift(site.step(), site.memory(), factors, y.c());
    var residual = epilogue.residual(site.step(), site.memory());
    int chunks = Math.ceilDiv(x.c(), CHUNK);
    var weights =
        site.kernel(
            "winograd_weights",
            (long) blocks() * chunks,
            new Arguments()
                .pointer(site.in(1))
                .pointer(v)
                .pointer(epilogue.normalizes() ? factors : 0)
                .i32(x.c())
                .i32(y.c())
                .i32(flipped ? 1 : 0)
                .i32(NativeSite.streams(weightFloats() * Float.BYTES)));
    int group = group();
    long tasks = Math.ceilDiv(tiles, group) * Math.ceilDiv(blocks(), blocksPerTask());
    long floats =
        (long) chunks * CHUNK
            + POINTS * ((long) chunks * group * CHUNK + width)
            + POINTS * ((long) group * 2 * width + width);
    var arguments =
        map(new Arguments()
                .pointer(site.in(0))
                .pointer(v)
                .pointer(site.out(0))
                .pointer(shift.map(View::address).orElse(0L))
                .pointer(residual.map(View::address).orElse(0L)))
            .i32(group)
            .i32(blocksPerTask())
            .i32(epilogue.relu() ? 1 : 0);
    var products = site.kernel("winograd_conv", tasks, floats * Float.BYTES, arguments);
    return () -> {
      fold.run();
      weights.run();
      products.run();
    };
  }

  private Arguments map(Arguments arguments) {
    return arguments
        .i32(x.n())
        .i32(x.h())
        .i32(x.w())
        .i32(x.c())
        .i32(y.h())
        .i32(y.w())
        .i32(y.c())
        .i32(geometry.top())
        .i32(geometry.left())
        .i32(geometry.boundary() == Boundary.CIRCULAR ? 1 : 0);
  }

  // ---- weight gradient ----

  /// Tiles transformed at a time.
  private static final int GROUP = 16;

  private int pairs() {
    return Math.ceilDiv(x.c(), CHUNK) * Math.ceilDiv(y.c(), CHUNK);
  }

  /// Enough tasks for a few threads, of enough tiles each.
  private long slabs() {
    long wanted = Math.ceilDiv(16, pairs());
    return Math.ceilDiv(tiles, slab(wanted));
  }

  private long slab(long wanted) {
    return Math.max(4L * GROUP, Math.ceilDiv(Math.ceilDiv(tiles, wanted), GROUP) * GROUP);
  }

  private Kernel weightGradient(NativeSite site) {
    long partial = site.scratch();
    long slab = slab(Math.ceilDiv(16, pairs()));
    long widest = (Math.max(x.c(), y.c()) + CHUNK) / CHUNK * CHUNK;
    long floats = widest + 2L * POINTS * (GROUP * CHUNK + width) + (long) POINTS * CHUNK * CHUNK;
    var arguments =
        map(new Arguments().pointer(site.in(0)).pointer(site.in(1)).pointer(partial))
            .i32(slab)
            .i32(GROUP);
    var products =
        site.kernel("winograd_gradient", slabs() * pairs(), floats * Float.BYTES, arguments);
    long size = site.outShape(0).size();
    long task = 1 << 14;
    var sum =
        site.kernel(
            "winograd_sum",
            Math.ceilDiv(size, task),
            new Arguments().pointer(partial).pointer(site.out(0)).i64(size).i32(slabs()).i32(task));
    return () -> {
      products.run();
      sum.run();
    };
  }
}
