package bandlimit.backend.cpu;

import bandlimit.signal.Boundary;
import bandlimit.tensor.Shape;

/// Writing a border around a map, and folding it back: shared by [bandlimit.graph.op.Pad],
/// [bandlimit.graph.op.Fold] and circular convolutions.
record Border(Boundary mode, int top, int bottom, int left, int right) {

  /// Samples `from`..`to` of x with their border; rows at a time, any element width.
  void pad(View x, View y, int from, int to) {
    Shape in = x.shape();
    Shape out = y.shape();
    int c = in.c();
    for (int n = from; n < to; n++) {
      for (int i = 0; i < out.h(); i++) {
        long row = ((long) n * out.h() + i) * out.w() * c;
        int h = mode.index(i - top, in.h());
        if (h < 0) {
          y.zero(row, (long) out.w() * c);
          continue;
        }
        long source = ((long) n * in.h() + h) * in.w() * c;
        y.copy(row + (long) left * c, x, source, (long) in.w() * c);
        for (int j = 0; j < left; j++) {
          pixel(x, y, source, row, j, in.w(), c);
        }
        for (int j = left + in.w(); j < out.w(); j++) {
          pixel(x, y, source, row, j, in.w(), c);
        }
      }
    }
  }

  private void pixel(View x, View y, long source, long row, int j, int width, int c) {
    int w = mode.index(j - left, width);
    if (w < 0) {
      y.zero(row + (long) j * c, c);
    } else {
      y.copy(row + (long) j * c, x, source + (long) w * c, c);
    }
  }

  /// The transpose: samples `from`..`to` of x gather what their pixels became in y.
  void fold(View y, View x, int from, int to, Lane lane) {
    Shape in = x.shape();
    for (int n = from; n < to; n++) {
      for (int h = 0; h < in.h(); h++) {
        int length = in.w() * in.c();
        var sum = lane.tile(0, length);
        y.load(rowAt(y, n, h + top) + (long) left * in.c(), sum, length);
        addSides(y, rowAt(y, n, h + top), sum, in, lane);
        for (int k = 0; k < top + bottom; k++) {
          int i = k < top ? k : in.h() + k;
          if (mode.index(i - top, in.h()) == h) {
            var other = lane.tile(1, length);
            y.load(rowAt(y, n, i) + (long) left * in.c(), other, length);
            add(sum, other, length);
            addSides(y, rowAt(y, n, i), sum, in, lane);
          }
        }
        x.store(rowAt(x, n, h), sum, length);
      }
    }
  }

  private static long rowAt(View map, int n, int h) {
    Shape s = map.shape();
    return ((long) n * s.h() + h) * s.w() * s.c();
  }

  private void addSides(View y, long row, float[] sum, Shape in, Lane lane) {
    for (int j = 0; j < left + right; j++) {
      int at = j < left ? j : in.w() + j;
      int w = mode.index(at - left, in.w());
      if (w >= 0) {
        var pixel = lane.tile(2, in.c());
        y.load(row + (long) at * in.c(), pixel, in.c());
        int start = w * in.c();
        for (int c = 0; c < in.c(); c++) {
          sum[start + c] += pixel[c];
        }
      }
    }
  }

  private static void add(float[] sum, float[] part, int n) {
    for (int i = 0; i < n; i++) {
      sum[i] += part[i];
    }
  }
}
