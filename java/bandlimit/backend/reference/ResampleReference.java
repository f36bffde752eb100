package bandlimit.backend.reference;

import bandlimit.graph.op.Resample;
import bandlimit.signal.Resampler;

/// [Resample]: rows, then columns. Each axis is y[o] = sum_k taps[k] xUp[o down + k - before].
final class ResampleReference {
  private ResampleReference() {}

  static void run(Resample op, View x, View y) {
    var in = x.shape();
    var out = y.shape();
    var rows = in.with(1, out.h());
    var half = new View(new double[rows.intSize()], 0, rows);
    axis(op.rows(), x, half, in.n(), in.h(), out.h(), in.w() * in.c());
    axis(op.cols(), half, y, in.n() * out.h(), in.w(), out.w(), in.c());
  }

  /// x is (outer, n, inner), y is (outer, m, inner).
  private static void axis(Resampler r, View x, View y, int outer, int n, int m, int inner) {
    for (int a = 0; a < outer; a++) {
      for (int o = 0; o < m; o++) {
        for (int b = 0; b < inner; b++) {
          double sum = 0;
          for (int k = 0; k < r.taps().size(); k++) {
            int at = o * r.down() + k - r.before();
            int i = Math.floorDiv(at, r.up());
            if (Math.floorMod(at, r.up()) == 0 && 0 <= i && i < n) {
              sum += r.taps().get(k) * x.get((a * n + i) * inner + b);
            }
          }
          y.set((a * m + o) * inner + b, sum);
        }
      }
    }
  }
}
