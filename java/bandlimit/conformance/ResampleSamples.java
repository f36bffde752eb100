package bandlimit.conformance;

import bandlimit.graph.op.Fold;
import bandlimit.graph.op.FoldedResample;
import bandlimit.graph.op.Pad;
import bandlimit.graph.op.PaddedResample;
import bandlimit.graph.op.Resample;
import bandlimit.signal.Boundary;
import bandlimit.signal.Filter;
import bandlimit.signal.Resampler;
import bandlimit.tensor.Shape;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/// FIR resampling of every rate, and the borders it is used with.
final class ResampleSamples {
  private ResampleSamples() {}

  private static final List<Sample> ROWS = new ArrayList<>();

  static {
    int[] sizes = {1, 2, 3, 7, 8, 31, 33, 56};
    int[] channels = {1, 3, 8, 7, 16, 9, 33, 2};
    for (int taps = 1; taps <= 7; taps++) {
      for (int down = 1; down <= 3; down++) {
        int i = (taps * 3 + down) % sizes.length;
        blur(
            taps,
            down,
            Shape.of(1 + taps % 3, sizes[i], sizes[(i + 3) % 8], channels[(i * 5) % 8]));
      }
    }
    blur(5, 2, Shape.of(2, 32, 32, 16));
    blur(3, 2, Shape.of(1, 1, 56, 5)); // a signal of one dimension is an image of height 1
    // up, and both at once; taps that are not symmetric, so that turning them round shows
    var lopsided = List.of(0.5, -1.0, 2.0, 0.25);
    resample(new Resampler(lopsided, 2, 1, 2, 2), new Resampler(lopsided, 3, 1, 1, 3), 2, 7, 5, 9);
    resample(new Resampler(lopsided, 3, 2, 3, 1), new Resampler(lopsided, 2, 3, 2, 4), 1, 8, 31, 3);
    resample(new Resampler(lopsided, 1, 2, -1, -2), Resampler.IDENTITY, 2, 9, 3, 8);
    resample(Resampler.IDENTITY, Resampler.decimate(lopsided, 2), 1, 1, 33, 7);
    resample(Resampler.IDENTITY, Resampler.IDENTITY, 1, 2, 3, 1);
    resample(
        new Resampler(List.of(1.0), 2, 1, 0, 0),
        new Resampler(List.of(1.0), 1, 3, 0, 0),
        1,
        3,
        7,
        2);
    // average pooling: a box, with padding
    resample(box(2, 2, 0), box(2, 2, 0), 2, 8, 7, 3);
    resample(box(3, 2, 1), box(3, 1, 1), 2, 9, 6, 8);

    for (Boundary mode : Boundary.values()) {
      border(mode, 0, 0, 0, 0, 1, 1, 1, 3);
      border(mode, 1, 1, 1, 1, 2, 2, 3, 8);
      border(mode, 2, 3, 1, 2, 1, 7, 4, 5);
      border(mode, 0, 3, 2, 0, 2, 31, 33, 3);
      border(mode, 3, 3, 3, 3, 1, 56, 4, 2);
    }
    border(Boundary.CIRCULAR, 3, 3, 2, 2, 1, 3, 2, 3); // as wide as the map
    border(Boundary.REPLICATE, 5, 4, 3, 7, 1, 2, 1, 3); // wider than the map
    border(Boundary.ZERO, 5, 4, 3, 7, 1, 2, 1, 3);

    for (Boundary mode : Boundary.values()) {
      for (int taps = 2; taps <= 7; taps++) {
        for (int stride = 1; stride <= 2; stride++) {
          // channels in whole packs and not; maps barely larger than the border
          bordered(mode, taps, stride, Shape.of(2, 7, 5 + taps % 2, 8));
          bordered(mode, taps, stride, Shape.of(1, 31 + taps % 3, 7, taps % 2 == 0 ? 16 : 3));
        }
      }
      bordered(mode, 4, 2, Shape.of(1, 56, 33, 9));
      bordered(mode, 5, 3, Shape.of(1, 8, 9, 16));
    }
    // the axes differ, in extents, strides and taps that are not symmetric
    int[] extents = {1, 2, 3, 7, 31, 33, 56};
    int[] widths = {1, 3, 5, 16, 17, 64, 100};
    for (Boundary mode : Boundary.values()) {
      for (int taps = 1; taps <= 7; taps++) {
        int i = taps + 2 * mode.ordinal();
        uneven(mode, taps, Shape.of(2, extents[i % 7], extents[i * 3 % 7], widths[(i + 4) % 7]));
        uneven(mode, taps, Shape.of(1, extents[i * 2 % 7], extents[i * 5 % 7], widths[i % 7]));
      }
    }
    // a signal: the other axis as it is
    var pad = new Pad(Boundary.REFLECT, 0, 0, 1, 2);
    var axis = Resampler.decimate(Filter.binomial(4).taps(), 2);
    for (int c : new int[] {8, 5}) {
      padded(pad, new Resample(Resampler.IDENTITY, axis), Shape.of(2, 1, 33, c));
    }
  }

  /// A blur-pool as its layer writes it, and its gradient as autograd does.
  private static void bordered(Boundary mode, int taps, int stride, Shape x) {
    var filter = Filter.binomial(taps);
    int before = filter.padBefore();
    int after = filter.padAfter();
    var axis = Resampler.decimate(filter.taps(), stride);
    padded(new Pad(mode, before, after, before, after), new Resample(axis, axis), x);
  }

  /// Binomial taps down, others across; nothing where the border would not fit.
  private static void uneven(Boundary mode, int taps, Shape x) {
    var down = Filter.binomial(taps);
    var across = List.of(0.5, -1.0, 2.0, 0.25, 0.75, -0.5, 1.5).subList(0, 8 - taps);
    int left = across.size() / 2;
    int right = across.size() - 1 - left;
    if (mode.fits(down.padAfter(), x.h()) && mode.fits(Math.max(left, right), x.w())) {
      padded(
          new Pad(mode, down.padBefore(), down.padAfter(), left, right),
          new Resample(
              Resampler.decimate(down.taps(), 1 + taps % 3),
              Resampler.decimate(across, 1 + taps % 2)),
          x);
    }
  }

  private static void padded(Pad pad, Resample resample, Shape x) {
    var op = new PaddedResample(pad, resample);
    ROWS.add(Sample.of(op).in(x.n(), x.h(), x.w(), x.c()));
    int tall = x.h() + pad.top() + pad.bottom();
    int wide = x.w() + pad.left() + pad.right();
    var transposed = new Resample(resample.rows().transpose(tall), resample.cols().transpose(wide));
    var fold = new Fold(pad.mode(), pad.top(), pad.bottom(), pad.left(), pad.right());
    ROWS.add(
        Sample.of(new FoldedResample(transposed, fold))
            .in(x.n(), resample.rows().outLength(tall), resample.cols().outLength(wide), x.c()));
  }

  static List<Sample> rows() {
    return ROWS;
  }

  private static Resampler box(int k, int stride, int pad) {
    return new Resampler(Collections.nCopies(k, 1.0 / k), 1, stride, pad, pad);
  }

  private static void blur(int taps, int down, Shape x) {
    var filter = Filter.binomial(taps);
    var one = new Resampler(filter.taps(), 1, down, filter.padBefore(), filter.padAfter());
    resample(one, one, x.n(), x.h(), x.w(), x.c());
  }

  private static void resample(Resampler rows, Resampler cols, int n, int h, int w, int c) {
    ROWS.add(
        Sample.of(new Resample(rows, cols))
            .in(n, h, w, c)
            .linearIn(0)
            .formula(in -> byDefinition(rows, cols, in.getFirst(), n, h, w, c)));
  }

  private static void border(
      Boundary mode, int top, int bottom, int left, int right, int n, int h, int w, int c) {
    ROWS.add(Sample.of(new Pad(mode, top, bottom, left, right)).in(n, h, w, c).linearIn(0));
    ROWS.add(
        Sample.of(new Fold(mode, top, bottom, left, right))
            .in(n, h + top + bottom, w + left + right, c)
            .linearIn(0));
  }

  /// Each axis as its doc says: really stuff zeros, really extend, really correlate.
  private static double[] byDefinition(
      Resampler rows, Resampler cols, double[] x, int n, int h, int w, int c) {
    int ho = rows.outLength(h);
    int wo = cols.outLength(w);
    var tall = new double[n * ho * w * c];
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < w * c; j++) {
        axis(rows, x, i * h * w * c + j, h, tall, i * ho * w * c + j, w * c);
      }
    }
    var y = new double[n * ho * wo * c];
    for (int i = 0; i < n * ho; i++) {
      for (int j = 0; j < c; j++) {
        axis(cols, tall, i * w * c + j, w, y, i * wo * c + j, c);
      }
    }
    return y;
  }

  private static void axis(
      Resampler r, double[] x, int from, int n, double[] y, int to, int stride) {
    var extended = new double[Math.max(0, n * r.up() + r.before() + r.after())];
    for (int i = 0; i < n; i++) {
      int at = i * r.up() + r.before();
      if (0 <= at && at < extended.length) {
        extended[at] = x[from + i * stride];
      }
    }
    for (int o = 0; o < r.outLength(n); o++) {
      double sum = 0;
      for (int k = 0; k < r.taps().size(); k++) {
        sum += r.taps().get(k) * extended[o * r.down() + k];
      }
      y[to + o * stride] = sum;
    }
  }
}
