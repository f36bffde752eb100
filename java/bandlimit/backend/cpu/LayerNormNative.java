package bandlimit.backend.cpu;

import bandlimit.backend.Arguments;
import bandlimit.graph.op.ChannelGradSums;
import bandlimit.graph.op.NormalizeGrad;
import bandlimit.tensor.Shape;
import bandlimit.tensor.TensorType;
import java.util.List;

/// `native/cpu/layernorm.cpp`: a normalisation whose sets are pixels.
final class LayerNormNative {
  private static final int LANES = 16; // floats of the widest register
  private static final long TASK = 1 << 16;

  private final NativeSite site;
  private final long pixels;
  private final int channels;
  private final long task;

  LayerNormNative(NativeSite site) {
    this.site = site;
    var x = site.inShape(0);
    this.channels = x.c();
    this.pixels = x.size() / channels;
    this.task = task(x);
  }

  private static long task(Shape x) {
    return Math.max(1, TASK / x.c());
  }

  /// Of [ChannelGradSums]: two sums for each task and channel.
  static long scratchBytes(List<TensorType> in) {
    var x = in.getFirst().shape();
    return Math.ceilDiv(x.size() / x.c(), task(x)) * 2 * x.c() * Double.BYTES;
  }

  Kernel moments() {
    return kernel("layer_moments", 0, arguments(0, 0, 0, 0, site.out(0), 0, 0, 0));
  }

  Kernel forward(double epsilon) {
    int streams = channels % LANES == 0 ? site.streams(0) : 0;
    return kernel(
        "layer_normalize",
        0,
        arguments(site.in(1), site.in(2), site.in(3), 0, site.out(0), 0, epsilon, streams));
  }

  Kernel sums(ChannelGradSums op) {
    var slabs =
        kernel(
            "layer_grad_slab",
            task * Float.BYTES,
            arguments(site.in(1), 0, 0, site.in(2), 0, site.scratch(), op.epsilon(), 0));
    // the tasks' sums lie as a map of one unit's tasks, whose channels are both kinds of sums
    var rows = new NativeRows(1, 0, 0, Math.toIntExact(tasks()), 2 * channels, 0, 1);
    var arguments =
        rows.pack(new Arguments().pointer(0).pointer(site.scratch()).pointer(site.out(0)).f64(1))
            .i32(NativeRows.BLOCK);
    long joins = Math.ceilDiv(2 * channels, NativeRows.BLOCK);
    var join =
        site.kernel("channel_sums_join", joins, (long) NativeRows.BLOCK * Double.BYTES, arguments);
    return () -> {
      slabs.run();
      join.run();
    };
  }

  Kernel grad(NormalizeGrad op) {
    int streams = channels % LANES == 0 ? site.streams(0) : 0;
    return kernel(
        "layer_grad",
        0,
        arguments(site.in(1), site.in(2), 0, site.in(4), site.out(0), 0, op.epsilon(), streams));
  }

  private long tasks() {
    return Math.ceilDiv(pixels, task);
  }

  private Kernel kernel(String name, long scratch, Arguments arguments) {
    return site.kernel(name, tasks(), scratch, arguments);
  }

  private Arguments arguments(
      long statistics,
      long gamma,
      long beta,
      long dy,
      long y,
      long partial,
      double epsilon,
      int streams) {
    return new Arguments()
        .pointer(site.in(0))
        .pointer(statistics)
        .pointer(gamma)
        .pointer(beta)
        .pointer(dy)
        .pointer(y)
        .pointer(partial)
        .f64(epsilon)
        .i64(pixels)
        .i64(task)
        .i32(channels)
        .i32(streams);
  }
}
