package bandlimit.backend.cpu;

import bandlimit.graph.op.Resample;
import bandlimit.signal.Resampler;
import bandlimit.tensor.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// [Resample], a row of results at a time: input rows are combined first, then pixels within the
/// row.
///
/// Every loop is a weighted sum of up to four arrays at equal indices. To get there a row's pixels
/// are dealt into `down` phases, of which the taps want shifted copies, and results of `up` phases
/// are woven together. Zeros between stuffed samples are never met.
final class ResampleCpu {
  private static final int ROWS_PER_TASK = 8;

  /// Weighted inputs of one result: `weights[i]` times input `from[i]`.
  private record Terms(int[] from, float[] weights) {}

  /// What one lane works in.
  private static final class Work {
    final float[][] rows; // input rows, row r at r % rows.length
    final int[] held; // which input row lies there
    final float[] column; // rows combined, between zeros for what lies beyond the edges
    final float[][] phases; // the same dealt out by pixel
    final float[][] shifted = new float[4][];
    final float[] phase;
    final float[] out;

    Work(ResampleCpu r) {
      rows = new float[r.span][r.in.w() * r.in.c()];
      held = new int[r.span];
      column = new float[(r.zerosBefore + r.in.w() + r.zerosAfter) * r.in.c()];
      phases =
          r.colDown == 1
              ? new float[][] {column}
              : new float[r.colDown][(column.length / r.in.c() / r.colDown + 1) * r.in.c()];
      out = new float[r.out.w() * r.in.c()];
      phase = r.colUp == 1 ? out : new float[(r.out.w() / r.colUp + 1) * r.in.c()];
      for (int i = 0; i < 4; i++) {
        shifted[i] = new float[phase.length];
      }
    }
  }

  private final View x;
  private final View y;
  private final Shape in;
  private final Shape out;
  private final Terms[] rowTerms; // for each output row: input rows
  private final Terms[] colTerms; // for each output phase: pixels relative to j * colDown
  private final boolean identityCols;
  private final int colUp;
  private final int colDown;
  private final int zerosBefore;
  private final int zerosAfter;
  private final int span;

  private ResampleCpu(Resample op, View x, View y) {
    this.x = x;
    this.y = y;
    this.in = x.shape();
    this.out = y.shape();
    this.rowTerms = rowTerms(op.rows(), in.h(), out.h());
    this.span = Math.max(1, Arrays.stream(rowTerms).mapToInt(ResampleCpu::span).max().orElse(1));
    var cols = op.cols();
    int common = gcd(cols.up(), cols.down());
    this.colUp = cols.up() / common;
    this.colDown = cols.down() / common;
    this.colTerms = new Terms[colUp];
    int lowest = 0;
    int highest = in.w() - 1;
    for (int phase = 0; phase < colUp; phase++) {
      colTerms[phase] = terms(cols, phase, Integer.MIN_VALUE, Integer.MAX_VALUE);
      int last = (out.w() - 1 - phase) / colUp; // last result of this phase
      for (int from : colTerms[phase].from()) {
        lowest = Math.min(lowest, from);
        highest = Math.max(highest, last * colDown + from);
      }
    }
    // whole groups of phases, so that pixel 0 stays in phase 0
    this.zerosBefore = Math.ceilDiv(-lowest, colDown) * colDown;
    this.zerosAfter = highest - (in.w() - 1);
    this.identityCols = cols.isIdentity();
  }

  private static int gcd(int a, int b) {
    return b == 0 ? a : gcd(b, a % b);
  }

  private static int span(Terms terms) {
    int n = terms.from().length;
    return n == 0 ? 0 : terms.from()[n - 1] - terms.from()[0] + 1;
  }

  /// The samples of 0..n-1 under the taps at output position `o`, in order.
  private static Terms terms(Resampler r, int o, int low, int high) {
    List<Integer> from = new ArrayList<>();
    List<Float> weights = new ArrayList<>();
    for (int k = 0; k < r.taps().size(); k++) {
      int at = o * r.down() + k - r.before();
      int i = Math.floorDiv(at, r.up());
      if (Math.floorMod(at, r.up()) == 0 && low <= i && i <= high) {
        from.add(i);
        weights.add(r.taps().get(k).floatValue());
      }
    }
    var w = new float[weights.size()];
    for (int i = 0; i < w.length; i++) {
      w[i] = weights.get(i);
    }
    return new Terms(from.stream().mapToInt(Integer::intValue).toArray(), w);
  }

  private static Terms[] rowTerms(Resampler r, int n, int m) {
    var terms = new Terms[m];
    for (int o = 0; o < m; o++) {
      terms[o] = terms(r, o, 0, n - 1);
    }
    return terms;
  }

  static Kernel prepare(Pool pool, Resample op, View x, View y) {
    var resample = new ResampleCpu(op, x, y);
    var work = new Work[pool.threads()];
    Arrays.setAll(work, i -> new Work(resample));
    int blocks = (resample.out.h() + ROWS_PER_TASK - 1) / ROWS_PER_TASK;
    Pool.Task task =
        (index, lane) ->
            resample.rows(index / blocks, index % blocks * ROWS_PER_TASK, work[lane.index]);
    return () -> pool.run(resample.in.n() * blocks, task);
  }

  private void rows(int n, int first, Work work) {
    Arrays.fill(work.held, -1);
    int last = Math.min(out.h(), first + ROWS_PER_TASK);
    int pixels = out.w() * in.c();
    for (int o = first; o < last; o++) {
      combineRows(n, rowTerms[o], work);
      combinePixels(work);
      y.store(((long) n * out.h() + o) * pixels, work.out, pixels);
    }
  }

  /// Into `column`, behind its leading zeros; or straight into `out` if nothing is left to do.
  private void combineRows(int n, Terms terms, Work work) {
    int length = in.w() * in.c();
    for (int h : terms.from()) {
      int place = h % span;
      if (work.held[place] != h) {
        x.load(((long) n * in.h() + h) * length, work.rows[place], length);
        work.held[place] = h;
      }
    }
    boolean direct = identityCols || zerosBefore == 0;
    var to = identityCols ? work.out : direct ? work.column : work.shifted[0];
    if (!direct && to.length < length) {
      to = new float[length];
      work.shifted[0] = to;
    }
    int count = terms.from().length;
    if (count == 0) {
      Arrays.fill(to, 0, length, 0f);
    }
    for (int i = 0; i < count; ) {
      boolean start = i == 0;
      int take = Math.min(count - i, start ? 4 : 3);
      var a = start ? row(work, terms, i) : to;
      float wa = start ? terms.weights()[i] : 1;
      int at = start ? i + 1 : i;
      int more = start ? take - 1 : take;
      sum(
          to,
          a,
          wa,
          more > 0 ? row(work, terms, at) : a,
          more > 0 ? terms.weights()[at] : 0,
          more > 1 ? row(work, terms, at + 1) : a,
          more > 1 ? terms.weights()[at + 1] : 0,
          more > 2 ? row(work, terms, at + 2) : a,
          more > 2 ? terms.weights()[at + 2] : 0,
          more,
          length);
      i += take;
    }
    if (!direct) {
      System.arraycopy(to, 0, work.column, zerosBefore * in.c(), length);
    }
  }

  private float[] row(Work work, Terms terms, int i) {
    return work.rows[terms.from()[i] % span];
  }

  private void combinePixels(Work work) {
    if (identityCols) {
      return;
    }
    int c = in.c();
    if (colDown > 1) {
      int pixels = work.column.length / c;
      for (int i = 0; i < pixels; i++) {
        System.arraycopy(work.column, i * c, work.phases[i % colDown], i / colDown * c, c);
      }
    }
    for (int phase = 0; phase < colUp; phase++) {
      int count = (out.w() - phase + colUp - 1) / colUp;
      combine(colTerms[phase], work, count * c);
      if (colUp > 1) {
        for (int j = 0; j < count; j++) {
          System.arraycopy(work.phase, j * c, work.out, (j * colUp + phase) * c, c);
        }
      }
    }
  }

  /// One output phase: taps over shifted copies of the input phases.
  private void combine(Terms terms, Work work, int length) {
    var to = work.phase;
    int count = terms.from().length;
    if (count == 0) {
      Arrays.fill(to, 0, length, 0f);
    }
    for (int i = 0; i < count; ) {
      boolean start = i == 0;
      int take = Math.min(count - i, start ? 4 : 3);
      var a = start ? shift(work, terms.from()[i], 0, length) : to;
      float wa = start ? terms.weights()[i] : 1;
      int at = start ? i + 1 : i;
      int more = start ? take - 1 : take;
      sum(
          to,
          a,
          wa,
          more > 0 ? shift(work, terms.from()[at], 1, length) : a,
          more > 0 ? terms.weights()[at] : 0,
          more > 1 ? shift(work, terms.from()[at + 1], 2, length) : a,
          more > 1 ? terms.weights()[at + 1] : 0,
          more > 2 ? shift(work, terms.from()[at + 2], 3, length) : a,
          more > 2 ? terms.weights()[at + 2] : 0,
          more,
          length);
      i += take;
    }
  }

  /// The input phase that pixel `from` lies in, beginning at that pixel.
  private float[] shift(Work work, int from, int which, int length) {
    int at = zerosBefore + from;
    var source = work.phases[at % colDown];
    int start = at / colDown * in.c();
    if (start == 0) {
      return source;
    }
    if (work.shifted[which].length < length) {
      work.shifted[which] = new float[length];
    }
    System.arraycopy(source, start, work.shifted[which], 0, length);
    return work.shifted[which];
  }

  private static void sum(
      float[] to,
      float[] a,
      float wa,
      float[] b,
      float wb,
      float[] c,
      float wc,
      float[] d,
      float wd,
      int more,
      int n) {
    switch (more) {
      case 0 -> sum1(to, a, wa, n);
      case 1 -> sum2(to, a, wa, b, wb, n);
      case 2 -> sum3(to, a, wa, b, wb, c, wc, n);
      default -> sum4(to, a, wa, b, wb, c, wc, d, wd, n);
    }
  }

  private static void sum1(float[] to, float[] a, float wa, int n) {
    for (int i = 0; i < n; i++) {
      to[i] = a[i] * wa;
    }
  }

  private static void sum2(float[] to, float[] a, float wa, float[] b, float wb, int n) {
    for (int i = 0; i < n; i++) {
      to[i] = a[i] * wa + b[i] * wb;
    }
  }

  private static void sum3(
      float[] to, float[] a, float wa, float[] b, float wb, float[] c, float wc, int n) {
    for (int i = 0; i < n; i++) {
      to[i] = a[i] * wa + b[i] * wb + c[i] * wc;
    }
  }

  private static void sum4(
      float[] to,
      float[] a,
      float wa,
      float[] b,
      float wb,
      float[] c,
      float wc,
      float[] d,
      float wd,
      int n) {
    for (int i = 0; i < n; i++) {
      to[i] = a[i] * wa + b[i] * wb + c[i] * wc + d[i] * wd;
    }
  }
}
