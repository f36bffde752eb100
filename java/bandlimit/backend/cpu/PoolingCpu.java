package bandlimit.backend.cpu;

import bandlimit.graph.op.MaxPool;
import bandlimit.tensor.Shape;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/// [MaxPool] and its gradient, a row of results at a time, in loops over equal indices.
///
/// The gradient works on keys: integers in the order of the floats, with -0 as 0 and NaN above all.
/// A window's largest key comes from separable maxima; then each place of the window, in row-major
/// order, takes dy where it holds that key and no place before it did.
final class PoolingCpu {
  private PoolingCpu() {}

  static Kernel run(Pool pool, MaxPool op, View x, View y) {
    Shape in = x.shape();
    Shape out = y.shape();
    int width = in.w() * in.c();
    int length = out.w() * in.c();
    var walks = new Walk[op.kernelW()];
    Arrays.setAll(walks, b -> new Walk(op, in, out, b));
    Pool.Task task =
        (n, lane) -> {
          var column = lane.tile(0, width);
          var row = lane.tile(1, width);
          var best = lane.tile(2, length);
          var place = lane.tile(3, length);
          for (int i = 0; i < out.h(); i++) {
            Arrays.fill(column, 0, width, Float.NEGATIVE_INFINITY);
            for (int a = 0; a < op.kernelH(); a++) {
              int h = i * op.strideH() - op.padH() + a;
              if (0 <= h && h < in.h()) {
                x.load(((long) n * in.h() + h) * width, row, width);
                larger(column, row, width);
              }
            }
            Arrays.fill(best, 0, length, Float.NEGATIVE_INFINITY);
            for (var walk : walks) {
              walk.gather(column, place, Float.NEGATIVE_INFINITY);
              larger(best, place, length);
            }
            y.store(((long) n * out.h() + i) * length, best, length);
          }
        };
    return () -> pool.run(out.n(), task);
  }

  /// A NaN stays.
  private static void larger(float[] a, float[] b, int n) {
    for (int i = 0; i < n; i++) {
      a[i] = Math.max(a[i], b[i]);
    }
  }

  /// The pixels of an input row that column `b` of the windows of an output row meets: result j
  /// meets pixel j * stride - pad + b. Arrays are rows of whole pixels.
  private record Walk(int first, int stride, int channels, int width, int from, int to, int count) {
    Walk(MaxPool op, Shape in, Shape out, int b) {
      int first = b - op.padW();
      int stride = op.strideW();
      int from = Math.max(0, Math.ceilDiv(-first, stride));
      int to = Math.clamp(Math.floorDiv(in.w() - 1 - first, stride) + 1, from, out.w());
      this(first, stride, in.c(), in.w(), from, to, out.w());
    }

    private int at(int j) {
      return (first + j * stride) * channels;
    }

    void gather(float[] row, float[] into, float beyond) {
      Arrays.fill(into, 0, from * channels, beyond);
      Arrays.fill(into, to * channels, count * channels, beyond);
      copy(row, into, true);
    }

    void gather(int[] row, int[] into, int beyond) {
      Arrays.fill(into, 0, from * channels, beyond);
      Arrays.fill(into, to * channels, count * channels, beyond);
      copy(row, into, true);
    }

    /// Back to the pixels that were met; the others keep their values.
    void scatter(float[] from, float[] row) {
      copy(row, from, false);
    }

    /// Between a row and what was gathered from it, both arrays of one type.
    private void copy(Object row, Object gathered, boolean gather) {
      int run = stride == 1 ? to - from : 1;
      for (int j = from; j < to; j += run) {
        if (gather) {
          System.arraycopy(row, at(j), gathered, j * channels, run * channels);
        } else {
          System.arraycopy(gathered, j * channels, row, at(j), run * channels);
        }
      }
    }
  }

  // ---- gradient ----

  /// What one lane works in.
  private static final class Work {
    final int[][] keys; // of input rows, row h at h % keys.length
    final int[] held; // which row lies there
    final int[] column;
    final int[] best;
    final int[] place;
    final int[] claimed;
    final int[] dy;
    final MemorySegment given; // dy where a place takes it, in `place`
    final float[] part;
    final float[] old;
    final float[][] dx; // the rows of a sample

    Work(MaxPool op, Shape in, int length) {
      int width = in.w() * in.c();
      keys = new int[op.kernelH()][width];
      held = new int[op.kernelH()];
      column = new int[width];
      best = new int[length];
      place = new int[length];
      claimed = new int[length];
      dy = new int[length];
      given = MemorySegment.ofArray(place);
      part = new float[length];
      old = new float[length];
      dx = new float[in.h()][width];
    }
  }

  static Kernel grad(Pool pool, MaxPool op, View x, View dy, View dx) {
    Shape in = x.shape();
    Shape out = dy.shape();
    int width = in.w() * in.c();
    int length = out.w() * in.c();
    var walks = new Walk[op.kernelW()];
    Arrays.setAll(walks, b -> new Walk(op, in, out, b));
    var works = new Work[pool.threads()];
    Arrays.setAll(works, i -> new Work(op, in, length));
    Pool.Task task =
        (n, lane) -> {
          var work = works[lane.index];
          Arrays.fill(work.held, -1);
          for (var row : work.dx) {
            Arrays.fill(row, 0);
          }
          for (int i = 0; i < out.h(); i++) {
            dy.load(((long) n * out.h() + i) * length, work.dy, length);
            largest(op, x, n, i, walks, work);
            Arrays.fill(work.claimed, 0);
            for (int a = 0; a < op.kernelH(); a++) {
              int h = i * op.strideH() - op.padH() + a;
              for (int b = 0; b < op.kernelW() && 0 <= h && h < in.h(); b++) {
                var walk = walks[b];
                walk.gather(work.keys[h % op.kernelH()], work.place, Integer.MIN_VALUE);
                claim(work.place, work.best, work.claimed, work.dy, length);
                MemorySegment.copy(work.given, View.F32, 0, work.part, 0, length);
                walk.gather(work.dx[h], work.old, 0);
                add(work.old, work.part, length);
                walk.scatter(work.old, work.dx[h]);
              }
            }
          }
          for (int h = 0; h < in.h(); h++) {
            dx.store(((long) n * in.h() + h) * width, work.dx[h], width);
          }
        };
    return () -> pool.run(out.n(), task);
  }

  /// The largest key of every window of output row i, into `best`.
  private static void largest(MaxPool op, View x, int n, int i, Walk[] walks, Work work) {
    Shape in = x.shape();
    int width = in.w() * in.c();
    Arrays.fill(work.column, Integer.MIN_VALUE);
    for (int a = 0; a < op.kernelH(); a++) {
      int h = i * op.strideH() - op.padH() + a;
      if (h < 0 || h >= in.h()) {
        continue;
      }
      int slot = h % op.kernelH();
      if (work.held[slot] != h) {
        x.load(((long) n * in.h() + h) * width, work.keys[slot], width);
        keys(work.keys[slot], width);
        work.held[slot] = h;
      }
      larger(work.column, work.keys[slot], width);
    }
    Arrays.fill(work.best, Integer.MIN_VALUE);
    for (var walk : walks) {
      walk.gather(work.column, work.place, Integer.MIN_VALUE);
      larger(work.best, work.place, work.best.length);
    }
  }

  /// The bits of floats become their keys.
  private static void keys(int[] bits, int n) {
    for (int i = 0; i < n; i++) {
      int b = bits[i];
      int size = b & 0x7fffffff;
      int nan = (0x7f800000 - size) >> 31;
      int some = -size >> 31; // 0 for both zeros
      bits[i] = (((b ^ ((b >> 31) & 0x7fffffff)) & some) & ~nan) | (nan & 0x7fffffff);
    }
  }

  private static void larger(int[] a, int[] b, int n) {
    for (int i = 0; i < n; i++) {
      a[i] = Math.max(a[i], b[i]);
    }
  }

  /// `place` becomes the bits of dy where it equals `best` and nobody was first.
  private static void claim(int[] place, int[] best, int[] claimed, int[] dy, int n) {
    for (int i = 0; i < n; i++) {
      int differs = place[i] ^ best[i];
      int equal = ~((differs | -differs) >> 31);
      place[i] = dy[i] & equal & ~claimed[i];
      claimed[i] |= equal;
    }
  }

  private static void add(float[] sum, float[] part, int n) {
    for (int i = 0; i < n; i++) {
      sum[i] += part[i];
    }
  }
}
