package bandlimit.backend.cpu;

import bandlimit.backend.Arguments;
import bandlimit.graph.op.Expand;
import bandlimit.graph.op.Over;
import bandlimit.graph.op.Reduce;
import bandlimit.tensor.Shape;
import bandlimit.tensor.TensorType;
import java.util.List;
import java.util.Optional;

/// `native/cpu/{stretch,sums}.cpp`: an operand with one number for each channel, each channel of a
/// sample, or each pixel, and the sums that are its transpose.
///
/// Fewer channels than a register holds run in Java, whose tiles hold several pixels; so do other
/// stretches.
final class StretchNative {
  private static final int LANES = 16; // floats of the widest register
  private static final int MOST = 1 << 13; // channels: a task keeps a row of sums
  private static final long TASK = 1 << 16;

  /// @param channels of a pixel
  /// @param sample pixels that read the same row; 0 where each pixel reads one number
  private record Pattern(long pixels, int channels, long sample) {
    static Optional<Pattern> of(Shape small, Shape large) {
      var broadcast = new Broadcast(small, large);
      long channels = broadcast.inner();
      if (channels < LANES || channels > MOST) {
        return Optional.empty();
      }
      long pixels = large.size() / channels;
      int inner = Math.toIntExact(channels);
      return broadcast.isPeriodic() || broadcast.isPeriodicBySample()
          ? Optional.of(new Pattern(pixels, inner, broadcast.repeats()))
          : broadcast.isByRow() ? Optional.of(new Pattern(pixels, inner, 0)) : Optional.empty();
    }

    long task() {
      return Math.max(1, TASK / channels);
    }

    long tasks() {
      return Math.ceilDiv(pixels, task());
    }

    /// For sums by channel.
    NativeRows rows() {
      long units = pixels / sample;
      var x = Shape.of(Math.toIntExact(units), Math.toIntExact(sample), 1, channels);
      return NativeRows.of(units == 1 ? Over.BATCH : Over.groups(1), x);
    }
  }

  private StretchNative() {}

  static Optional<Kernel> expand(NativeSite site, Expand op) {
    return Pattern.of(site.inShape(0), site.outShape(0))
        .map(pattern -> kernel(site, "expand", pattern, 0, site.in(0), op.factor()));
  }

  /// A sum or product of which one operand is stretched.
  static Optional<Kernel> binary(NativeSite site, String name) {
    for (int i = 0; i < 2; i++) {
      int whole = i;
      if (site.inShape(i).equals(site.outShape(0))) {
        return Pattern.of(site.inShape(1 - i), site.outShape(0))
            .map(p -> kernel(site, name, p, site.in(whole), site.in(1 - whole), 1));
      }
    }
    return Optional.empty();
  }

  private static Kernel kernel(
      NativeSite site, String name, Pattern pattern, long a, long b, double factor) {
    var arguments =
        new Arguments()
            .pointer(a)
            .pointer(b)
            .pointer(site.out(0))
            .i64(pattern.pixels())
            .i64(pattern.task())
            .i64(pattern.sample())
            .i32(pattern.channels())
            .f32(factor)
            .i32(pattern.channels() % LANES == 0 ? site.streams(0) : 0);
    return site.kernel(name, pattern.tasks(), arguments);
  }

  /// Of sums by channel: those of each task.
  static Optional<Long> scratchBytes(Reduce op, List<TensorType> in) {
    return Pattern.of(op.to(), in.getFirst().shape())
        .map(
            pattern ->
                pattern.sample() == 0
                    ? 0
                    : pattern.rows().allTasks() * pattern.channels() * Double.BYTES);
  }

  static Optional<Kernel> sums(NativeSite site, Reduce op) {
    return Pattern.of(op.to(), site.inShape(0))
        .map(
            pattern ->
                pattern.sample() == 0
                    ? pixelSums(site, op, pattern)
                    : channelSums(site, op, pattern.rows()));
  }

  private static Kernel channelSums(NativeSite site, Reduce op, NativeRows rows) {
    var arguments =
        rows.pack(
                new Arguments()
                    .pointer(site.in(0))
                    .pointer(site.scratch())
                    .pointer(site.out(0))
                    .f64(op.factor()))
            .i32(NativeRows.BLOCK);
    return joined(site, rows, arguments);
  }

  /// Sums of each task, then those of all.
  static Kernel joined(NativeSite site, NativeRows rows, Arguments arguments) {
    var slabs = site.kernel("channel_sums_slab", rows.allTasks(), rows.scratch(1, 1), arguments);
    long joins = rows.units() * Math.ceilDiv(rows.channels(), NativeRows.BLOCK);
    var join = site.kernel("channel_sums_join", joins, rows.scratch(1, 0), arguments);
    return () -> {
      slabs.run();
      join.run();
    };
  }

  private static Kernel pixelSums(NativeSite site, Reduce op, Pattern pattern) {
    var arguments =
        new Arguments()
            .pointer(site.in(0))
            .pointer(site.out(0))
            .i64(pattern.pixels())
            .i64(pattern.task())
            .f32(op.factor())
            .i32(pattern.channels());
    return site.kernel("pixel_sums", pattern.tasks(), arguments);
  }
}
