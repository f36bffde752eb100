package bandlimit.backend.cpu;

import bandlimit.graph.op.ConvGeometry;
import bandlimit.plan.Step;
import bandlimit.signal.Boundary;
import bandlimit.tensor.DType;
import bandlimit.tensor.Shape;
import bandlimit.tensor.TensorType;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// [bandlimit.graph.op.Conv2d] and its two transposes by oneDNN, cut into batch slabs.
///
/// 1. The batch is cut into at most [#SLABS] slabs, by its size alone; each slab is one oneDNN call
///    that stays on one thread. So no result depends on the number of threads.
/// 2. Weights are brought once into the layout that oneDNN asks for, and shared by the slabs.
/// 3. A weight gradient is a partial result for each slab; they are added in order.
/// 4. Circular padding is written out (scratch) before a convolution without padding, and folded
///    back after an input gradient.
final class ConvCpu {
  enum Kind {
    FORWARD,
    INPUT_GRAD,
    WEIGHT_GRAD
  }

  private static final int SLABS = 16;
  private static final int SLAB_PIXELS = 128;

  /// Partial weight gradients of one step stay below this, at the price of fewer slabs.
  private static final long PARTIAL_BYTES = 64L << 20;

  /// Slabs of equal size, for which one primitive serves; the last slab may be a group of its own.
  private record Group(int first, int batch, int count, long primitiveDesc, long weights) {}

  private final OneDnn.Session session;
  private final String name;
  private final Kind kind;
  private final ConvGeometry geometry;
  private final Shape x;
  private final Shape padded; // x with its circular border; x itself for zero padding
  private final Shape w;
  private final Shape y;
  private final ConvEpilogue epilogue;
  private final long plainWeights;
  private final List<Group> groups = new ArrayList<>();

  ConvCpu(
      OneDnn.Session session, String name, Kind kind, ConvGeometry g, Shape x, Shape w, Shape y) {
    this(session, name, kind, g, x, w, y, ConvEpilogue.NONE);
  }

  ConvCpu(
      OneDnn.Session session,
      String name,
      Kind kind,
      ConvGeometry g,
      Shape x,
      Shape w,
      Shape y,
      ConvEpilogue epilogue) {
    this.epilogue = epilogue;
    this.session = session;
    this.name = name;
    this.kind = kind;
    this.geometry = g;
    this.x = x;
    this.w = w;
    this.y = y;
    this.padded =
        circular()
            ? x.with(1, x.h() + g.top() + g.bottom()).with(2, x.w() + g.left() + g.right())
            : x;
    this.plainWeights = session.descriptor(weightDims(), weightStrides());
    int size = slabSize();
    int whole = x.n() / size;
    groups.add(group(0, size, whole));
    if (whole * size < x.n()) {
      groups.add(group(whole * size, x.n() - whole * size, 1));
    }
  }

  private boolean circular() {
    return geometry.boundary() == Boundary.CIRCULAR;
  }

  private int slabSize() {
    // small maps: every slab reads all weights, so give it enough pixels to do with them
    long pixels = y.size() / y.c();
    int slabs = Math.clamp(pixels / SLAB_PIXELS, 1, Math.min(SLABS, x.n()));
    if (kind == Kind.WEIGHT_GRAD) {
      slabs = Math.clamp(PARTIAL_BYTES / (w.size() * Float.BYTES), 1, slabs);
    }
    return (x.n() + slabs - 1) / slabs;
  }

  private Group group(int first, int batch, int count) {
    long src = nhwc(padded.with(0, batch));
    long dst = nhwc(y.with(0, batch));
    long any = session.anyDescriptor(weightDims());
    var window = window();
    long forward =
        session.forward(
            name,
            src,
            any,
            epilogue.shifts() ? biasLayout() : 0,
            dst,
            window,
            epilogue.residual() ? dst : 0);
    long desc =
        switch (kind) {
          case FORWARD -> forward;
          case INPUT_GRAD -> session.inputGrad(name, src, any, dst, window, forward);
          case WEIGHT_GRAD -> session.weightGrad(name, src, any, dst, window, forward);
        };
    int which = kind == Kind.WEIGHT_GRAD ? OneDnn.QUERY_DIFF_WEIGHTS : OneDnn.QUERY_WEIGHTS;
    return new Group(first, batch, count, desc, session.layout(desc, which));
  }

  String implementation() {
    return session.implementation(groups.getFirst().primitiveDesc());
  }

  private long biasLayout() {
    return session.descriptor(new long[] {y.c()}, new long[] {1});
  }

  private OneDnn.Window window() {
    boolean written = circular();
    return new OneDnn.Window(
        new long[] {geometry.strideH(), geometry.strideW()},
        new long[] {geometry.dilationH() - 1, geometry.dilationW() - 1},
        new long[] {written ? 0 : geometry.top(), written ? 0 : geometry.left()},
        new long[] {written ? 0 : geometry.bottom(), written ? 0 : geometry.right()});
  }

  private long nhwc(Shape s) {
    long row = (long) s.w() * s.c();
    return session.descriptor(
        new long[] {s.n(), s.c(), s.h(), s.w()}, new long[] {s.h() * row, 1, row, s.c()});
  }

  /// (out, in, kh, kw), or (groups, out/groups, in/groups, kh, kw).
  private long[] weightDims() {
    long g = geometry.groups();
    return g == 1
        ? new long[] {w.at(0), w.at(3), w.at(1), w.at(2)}
        : new long[] {g, w.at(0) / g, w.at(3), w.at(1), w.at(2)};
  }

  private long[] weightStrides() {
    long row = (long) w.at(2) * w.at(3);
    long out = w.at(1) * row;
    return geometry.groups() == 1
        ? new long[] {out, 1, row, w.at(3)}
        : new long[] {w.at(0) / geometry.groups() * out, out, 1, row, w.at(3)};
  }

  // ---- scratch: [padded map][factors][weights times factors]
  //               [weights of each group, or partial gradients of each slab] ----

  private static long align(long bytes) {
    return (bytes + 63) / 64 * 64;
  }

  private long paddedBytes() {
    return circular() ? align(padded.size() * Float.BYTES) : 0;
  }

  private boolean plain(Group group) {
    return session.equal(group.weights(), plainWeights);
  }

  private long weightBytes(Group group) {
    return align(session.bytes(group.weights()));
  }

  private long factorBytes() {
    return epilogue.normalizes() ? epilogue.scratchBytes(y.c()) + align(w.size() * Float.BYTES) : 0;
  }

  long scratchBytes() {
    long bytes = paddedBytes() + factorBytes();
    for (var group : groups) {
      if (kind == Kind.WEIGHT_GRAD) {
        bytes += group.count() * weightBytes(group);
        bytes += plain(group) ? 0 : align(w.size() * Float.BYTES);
      } else {
        bytes += plain(group) ? 0 : weightBytes(group);
      }
    }
    return bytes;
  }

  // ---- kernels ----

  Kernel prepare(Step step, Pool pool, Memory memory) {
    long scratch = step.scratch().map(memory::address).orElse(0L);
    var border =
        new Border(
            geometry.boundary(),
            geometry.top(),
            geometry.bottom(),
            geometry.left(),
            geometry.right());
    return switch (kind) {
      case FORWARD -> data(step, pool, memory, scratch, border);
      case INPUT_GRAD -> data(step, pool, memory, scratch, border);
      case WEIGHT_GRAD -> weightGrad(step, pool, memory, scratch, border);
    };
  }

  /// Forward and input gradient: both map an activation and weights to an activation.
  private Kernel data(Step step, Pool pool, Memory memory, long scratch, Border border) {
    boolean forward = kind == Kind.FORWARD;
    var from = memory.view(step.in().get(0));
    var given = memory.view(step.in().get(1));
    var to = memory.view(step.output());
    long factors = scratch + paddedBytes();
    var weights =
        epilogue.normalizes()
            ? memory.view(given.type, factors + epilogue.scratchBytes(y.c()))
            : given;
    var shift = epilogue.shift(step, memory, factors, y.c());
    var residual = epilogue.residual(step, memory);
    var wide =
        circular() ? memory.view(new TensorType(DType.F32, padded), scratch) : forward ? from : to;
    long src = forward ? wide.address() : from.address();
    long dst = forward ? to.address() : wide.address();
    var reorders = new ArrayList<OneDnn.Call>();
    var calls = new ArrayList<OneDnn.Call>();
    var kept =
        forward && !epilogue.normalizes() && y.size() / y.c() <= PackedWeights.PIXELS
            ? memory.packed().filter(p -> p.isFixed(step.in().get(1)))
            : Optional.<PackedWeights>empty();
    long packed = factors + factorBytes();
    for (var group : groups) {
      long layout = group.weights();
      long at = weights.address();
      if (!plain(group)) {
        at = kept.isPresent() ? kept.get().place(weightBytes(group)) : packed;
        packed += weightBytes(group);
        reorders.add(reorder(plainWeights, weights.address(), layout, at));
      }
      var primitive = session.primitive(name, group.primitiveDesc());
      long srcLayout = nhwc((forward ? padded : y).with(0, group.batch()));
      long dstLayout = nhwc((forward ? y : padded).with(0, group.batch()));
      long srcBytes = sampleBytes(forward ? padded : y);
      long dstBytes = sampleBytes(forward ? y : padded);
      for (int i = 0; i < group.count(); i++) {
        long n = group.first() + (long) i * group.batch();
        var arguments = new ArrayList<OneDnn.Argument>();
        shift.ifPresent(
            s -> arguments.add(new OneDnn.Argument(OneDnn.ARG_BIAS, biasLayout(), s.address())));
        residual.ifPresent(
            r ->
                arguments.add(
                    new OneDnn.Argument(OneDnn.ARG_ADDED, dstLayout, r.address() + n * dstBytes)));
        arguments.addAll(
            List.of(
                new OneDnn.Argument(
                    forward ? OneDnn.ARG_SRC : OneDnn.ARG_DIFF_DST, srcLayout, src + n * srcBytes),
                new OneDnn.Argument(OneDnn.ARG_WEIGHTS, layout, at),
                new OneDnn.Argument(
                    forward ? OneDnn.ARG_DST : OneDnn.ARG_DIFF_SRC,
                    dstLayout,
                    dst + n * dstBytes)));
        calls.add(primitive.on(arguments.toArray(OneDnn.Argument[]::new)));
      }
    }
    int[] first = firstSamples();
    Pool.Task task =
        (slab, lane) -> {
          if (forward && circular()) {
            border.pad(from, wide, first[slab], first[slab + 1]);
          }
          calls.get(slab).run(lane);
          if (epilogue.relu()) {
            long sample = y.size() / y.n();
            ConvEpilogue.relu(to, first[slab] * sample, first[slab + 1] * sample, lane);
          }
          if (!forward && circular()) {
            border.fold(wide, to, first[slab], first[slab + 1], lane);
          }
        };
    var fold = epilogue.fold(step, memory, factors, y.c());
    var scale =
        epilogue.normalizes()
            ? ConvEpilogue.scaled(pool, given, epilogue.factors(memory, factors, y.c()), weights)
            : fold;
    var reorder = reordering(reorders, pool, kept);
    return () -> {
      fold.run();
      scale.run();
      reorder.run();
      pool.run(calls.size(), task);
    };
  }

  /// Packs the weights: in each run, or, where they are kept, after they may have changed.
  private static Kernel reordering(
      List<OneDnn.Call> reorders, Pool pool, Optional<PackedWeights> kept) {
    Kernel each =
        () -> {
          for (int i = 0; i < reorders.size(); i++) {
            reorders.get(i).run(pool.lane());
          }
        };
    return kept.map(weights -> weights.whenChanged(each)).orElse(each);
  }

  private Kernel weightGrad(Step step, Pool pool, Memory memory, long scratch, Border border) {
    var in = memory.view(step.in().get(0));
    var dy = memory.view(step.in().get(1));
    var dw = memory.view(step.output());
    var wide = circular() ? memory.view(new TensorType(DType.F32, padded), scratch) : in;
    var calls = new ArrayList<OneDnn.Call>();
    var sums = new ArrayList<Kernel>(); // of each group, into its first partial result
    var plainSums = new ArrayList<View>(); // of each group, in the plain layout
    long at = scratch + paddedBytes();
    for (var group : groups) {
      long bytes = weightBytes(group);
      var primitive = session.primitive(name, group.primitiveDesc());
      long srcLayout = nhwc(padded.with(0, group.batch()));
      long dstLayout = nhwc(y.with(0, group.batch()));
      var partials = new ArrayList<View>();
      var flat = TensorType.f32(Math.toIntExact(session.bytes(group.weights()) / Float.BYTES));
      for (int i = 0; i < group.count(); i++) {
        long n = group.first() + (long) i * group.batch();
        partials.add(memory.view(flat, at));
        calls.add(
            primitive.on(
                new OneDnn.Argument(
                    OneDnn.ARG_SRC, srcLayout, wide.address() + n * sampleBytes(padded)),
                new OneDnn.Argument(
                    OneDnn.ARG_DIFF_DST, dstLayout, dy.address() + n * sampleBytes(y)),
                new OneDnn.Argument(OneDnn.ARG_DIFF_WEIGHTS, group.weights(), at)));
        at += bytes;
      }
      sums.add(sum(pool, partials, partials.getFirst()));
      if (plain(group)) {
        plainSums.add(partials.getFirst());
      } else {
        var unpacked = memory.view(new TensorType(DType.F32, w), at);
        at += align(w.size() * Float.BYTES);
        var call =
            reorder(
                group.weights(), partials.getFirst().address(), plainWeights, unpacked.address());
        sums.add(() -> call.run(pool.lane()));
        plainSums.add(unpacked);
      }
    }
    var last = sum(pool, plainSums, dw);
    int[] first = firstSamples();
    Pool.Task task =
        (slab, lane) -> {
          if (circular()) {
            border.pad(in, wide, first[slab], first[slab + 1]);
          }
          calls.get(slab).run(lane);
        };
    return () -> {
      pool.run(calls.size(), task);
      for (int i = 0; i < sums.size(); i++) {
        sums.get(i).run();
      }
      last.run();
    };
  }

  private OneDnn.Call reorder(long from, long source, long to, long target) {
    return session.call(
        name + " (reorder)",
        session.reorder(name + " (reorder)", from, to),
        new OneDnn.Argument(OneDnn.ARG_SRC, from, source),
        new OneDnn.Argument(OneDnn.ARG_DST, to, target));
  }

  /// The parts added in their order; `to` may be the first of them.
  private static Kernel sum(Pool pool, List<View> parts, View to) {
    return Tiles.each(
        pool,
        to.size(),
        1,
        (at, n, lane) -> {
          var sum = lane.tile(0, n);
          var tile = lane.tile(1, n);
          parts.getFirst().load(at, sum, n);
          for (int i = 1; i < parts.size(); i++) {
            parts.get(i).load(at, tile, n);
            add(sum, tile, n);
          }
          to.store(at, sum, n);
        });
  }

  private static void add(float[] sum, float[] part, int n) {
    for (int i = 0; i < n; i++) {
      sum[i] += part[i];
    }
  }

  private static long sampleBytes(Shape s) {
    return s.size() / s.n() * Float.BYTES;
  }

  /// First sample of each slab, and the batch size at the end.
  private int[] firstSamples() {
    var first = new ArrayList<Integer>();
    for (var group : groups) {
      for (int i = 0; i < group.count(); i++) {
        first.add(group.first() + i * group.batch());
      }
    }
    first.add(x.n());
    return first.stream().mapToInt(Integer::intValue).toArray();
  }
}
