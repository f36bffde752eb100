package bandlimit.backend.cpu;

import bandlimit.graph.op.Concat;
import bandlimit.graph.op.Permute;
import bandlimit.graph.op.Slice;
import bandlimit.tensor.Shape;
import java.util.List;

/// Ops that only move values, of any element type: Pad, Fold, Permute, Slice, Concat.
final class LayoutCpu {
  private LayoutCpu() {}

  static Kernel pad(Pool pool, Border border, View x, View y) {
    Pool.Task task = (n, lane) -> border.pad(x, y, n, n + 1);
    return () -> pool.run(x.shape().n(), task);
  }

  static Kernel fold(Pool pool, Border border, View y, View x) {
    Pool.Task task = (n, lane) -> border.fold(y, x, n, n + 1, lane);
    return () -> pool.run(x.shape().n(), task);
  }

  /// Blocks of elements that lie together in both tensors, `outer` of them.
  static Kernel slice(Pool pool, Slice op, View x, View y) {
    long inner = inner(x.shape(), op.axis());
    long from = op.from() * inner;
    return blocks(
        pool,
        x,
        y,
        outer(x.shape(), op.axis()),
        (op.to() - op.from()) * inner,
        x.shape().at(op.axis()) * inner,
        from,
        (op.to() - op.from()) * inner,
        0);
  }

  static Kernel concat(Pool pool, Concat op, List<View> parts, View y) {
    long inner = inner(y.shape(), op.axis());
    long whole = y.shape().at(op.axis()) * inner;
    var kernels = new Kernel[parts.size()];
    long start = 0;
    for (int i = 0; i < kernels.length; i++) {
      var part = parts.get(i);
      long length = part.shape().at(op.axis()) * inner;
      kernels[i] =
          blocks(pool, part, y, outer(y.shape(), op.axis()), length, length, 0, whole, start);
      start += length;
    }
    return () -> {
      for (var kernel : kernels) {
        kernel.run();
      }
    };
  }

  private static long inner(Shape s, int axis) {
    long size = 1;
    for (int i = axis + 1; i < s.rank(); i++) {
      size *= s.at(i);
    }
    return size;
  }

  private static long outer(Shape s, int axis) {
    return s.size() / inner(s, axis) / s.at(axis);
  }

  /// `count` blocks of `length` elements: block i from i * stepX + startX to i * stepY + startY.
  private static Kernel blocks(
      Pool pool,
      View x,
      View y,
      long count,
      long length,
      long stepX,
      long startX,
      long stepY,
      long startY) {
    long perTask = Math.max(1, (1 << 16) / length);
    int tasks = Math.toIntExact((count + perTask - 1) / perTask);
    Pool.Task task =
        (index, lane) -> {
          long end = Math.min(count, (index + 1) * perTask);
          for (long i = index * perTask; i < end; i++) {
            y.copy(i * stepY + startY, x, i * stepX + startX, length);
          }
        };
    return () -> pool.run(tasks, task);
  }

  /// Runs of elements that stay together are copied whole; at worst one element at a time.
  static Kernel permute(Pool pool, Permute op, View x, View y) {
    int rank = op.order().size();
    int kept = rank; // axes from here on are the same in both
    while (kept > 0 && op.order().get(kept - 1) == kept - 1) {
      kept--;
    }
    int moved = kept;
    long run = kept == 0 ? x.size() : inner(x.shape(), kept - 1);
    var extents = new int[moved];
    var strides = new long[moved];
    for (int i = 0; i < moved; i++) {
      extents[i] = y.shape().at(i);
      strides[i] = inner(x.shape(), op.order().get(i));
    }
    long runs = x.size() / run;
    long perTask = Math.max(1, (1 << 14) / run);
    int tasks = Math.toIntExact((runs + perTask - 1) / perTask);
    Pool.Task task =
        (index, lane) -> {
          long end = Math.min(runs, (index + 1) * perTask);
          for (long i = index * perTask; i < end; i++) {
            long rest = i;
            long from = 0;
            for (int axis = moved - 1; axis >= 0; axis--) {
              from += rest % extents[axis] * strides[axis];
              rest /= extents[axis];
            }
            y.copy(i * run, x, from, run);
          }
        };
    return () -> pool.run(tasks, task);
  }
}
