package bandlimit.backend.reference;

import bandlimit.graph.op.MaxPool;

/// [MaxPool] and its gradient; among equal values the first in row-major order wins.
final class MaxPoolReference {
  private MaxPoolReference() {}

  static void run(MaxPool op, View x, View y) {
    walk(op, x, y, (iy, ix) -> y.set(iy, x.get(ix)));
  }

  static void grad(MaxPool op, View x, View dy, View dx) {
    dx.fill(0);
    walk(op, x, dy, (iy, ix) -> dx.add(ix, dy.get(iy)));
  }

  private static void walk(MaxPool op, View x, View y, Strides.Pair winner) {
    var out = y.shape();
    for (int n = 0; n < out.n(); n++) {
      for (int i = 0; i < out.h(); i++) {
        for (int j = 0; j < out.w(); j++) {
          for (int c = 0; c < out.c(); c++) {
            winner.at(y.index(n, i, j, c), largest(op, x, n, i, j, c));
          }
        }
      }
    }
  }

  private static int largest(MaxPool op, View x, int n, int i, int j, int c) {
    int best = -1;
    for (int a = 0; a < op.kernelH(); a++) {
      for (int b = 0; b < op.kernelW(); b++) {
        int h = i * op.strideH() - op.padH() + a;
        int w = j * op.strideW() - op.padW() + b;
        if (0 <= h && h < x.shape().h() && 0 <= w && w < x.shape().w()) {
          int at = x.index(n, h, w, c);
          // a NaN wins over everything, so that it is not hidden
          if (best < 0 || x.get(at) > x.get(best) || Double.isNaN(x.get(at))) {
            best = at;
          }
        }
      }
    }
    return best;
  }
}
