package bandlimit.backend.reference;

import bandlimit.graph.op.Concat;
import bandlimit.graph.op.Fold;
import bandlimit.graph.op.Pad;
import bandlimit.graph.op.Permute;
import bandlimit.graph.op.Slice;
import bandlimit.signal.Boundary;
import java.util.List;

/// Ops that only move values: Pad and its transpose Fold, Permute, Slice, Concat.
final class LayoutReference {
  private LayoutReference() {}

  static void pad(Pad op, View x, View y) {
    y.fill(0);
    border(op.mode(), op.top(), op.left(), x, y, (ix, iy) -> y.set(iy, x.get(ix)));
  }

  static void fold(Fold op, View y, View x) {
    x.fill(0);
    border(op.mode(), op.top(), op.left(), x, y, (ix, iy) -> x.add(ix, y.get(iy)));
  }

  private interface Pair {
    void at(int inside, int outside);
  }

  private static void border(Boundary mode, int top, int left, View x, View y, Pair pair) {
    var padded = y.shape();
    for (int n = 0; n < padded.n(); n++) {
      for (int i = 0; i < padded.h(); i++) {
        for (int j = 0; j < padded.w(); j++) {
          int h = mode.index(i - top, x.shape().h());
          int w = mode.index(j - left, x.shape().w());
          for (int c = 0; c < padded.c() && h >= 0 && w >= 0; c++) {
            pair.at(x.index(n, h, w, c), y.index(n, i, j, c));
          }
        }
      }
    }
  }

  static void permute(Permute op, View x, View y) {
    int[] strides = Strides.of(x.shape());
    int[] taken = op.order().stream().mapToInt(axis -> strides[axis]).toArray();
    Strides.walk(y.shape(), taken, (iy, ix) -> y.set(iy, x.get(ix)));
  }

  static void slice(Slice op, View x, View y) {
    int[] strides = Strides.of(x.shape());
    int first = op.from() * strides[op.axis()];
    Strides.walk(y.shape(), strides, (iy, ix) -> y.set(iy, x.get(first + ix)));
  }

  static void concat(Concat op, List<View> parts, View y) {
    int[] strides = Strides.of(y.shape());
    int first = 0;
    for (View part : parts) {
      int start = first;
      Strides.walk(part.shape(), strides, (ip, iy) -> y.set(start + iy, part.get(ip)));
      first += part.shape().at(op.axis()) * strides[op.axis()];
    }
  }
}
