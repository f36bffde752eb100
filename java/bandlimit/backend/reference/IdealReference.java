package bandlimit.backend.reference;

import bandlimit.graph.op.IdealResample;
import bandlimit.signal.IdealResampler;

/// [IdealResample]: rows, then columns, by their matrices.
final class IdealReference {
  private IdealReference() {}

  static void run(IdealResample op, View x, View rows, View cols, View y) {
    var in = x.shape();
    var out = y.shape();
    var between = in.with(1, out.h());
    var half = new View(new double[between.intSize()], 0, between);
    axis(op.rows(), rows, x, half, in.n(), in.w() * in.c());
    axis(op.cols(), cols, half, y, in.n() * out.h(), in.c());
  }

  /// x is (outer, n, inner), y is (outer, m, inner).
  private static void axis(IdealResampler r, View matrix, View x, View y, int outer, int inner) {
    for (int a = 0; a < outer; a++) {
      for (int o = 0; o < r.out(); o++) {
        for (int b = 0; b < inner; b++) {
          double sum = 0;
          for (int i = 0; i < r.in(); i++) {
            double weight = matrix.get(r.transposed() ? i * r.from() + o : o * r.from() + i);
            sum += weight * x.get((a * r.in() + i) * inner + b);
          }
          y.set((a * r.out() + o) * inner + b, sum);
        }
      }
    }
  }
}
