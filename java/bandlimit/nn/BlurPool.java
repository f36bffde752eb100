package bandlimit.nn;

import bandlimit.graph.Node;
import bandlimit.graph.op.Pad;
import bandlimit.graph.op.Resample;
import bandlimit.signal.Boundary;
import bandlimit.signal.Filter;
import bandlimit.signal.Resampler;

/// Low-pass by `filter` on both axes, then every `stride`-th sample: ceil(H / stride) rows.
///
/// An axis of one sample is a constant signal, which a low-pass keeps: it is left alone, so on a
/// 1x1 map nothing remains. Any other map that the padding does not fit is an error.
public record BlurPool(Filter filter, int stride, Boundary padding) implements Layer {
  public BlurPool {
    if (stride < 1) {
      throw new IllegalArgumentException("a blur's stride must be 1 or more, got " + stride);
    }
  }

  @Override
  public Node build(Scope scope, Node x) {
    boolean rows = x.shape().h() > 1;
    boolean cols = x.shape().w() > 1;
    if (!rows && !cols) {
      scope.note("no blur: on a 1x1 map a low-pass is the identity");
      return x;
    }
    int before = filter.padBefore();
    int after = filter.padAfter();
    if (padding == Boundary.ZERO || filter.size() == 1) {
      var axis = new Resampler(filter.taps(), 1, stride, before, after);
      return resample(scope, x, rows, cols, axis);
    }
    var pad =
        new Pad(padding, rows ? before : 0, rows ? after : 0, cols ? before : 0, cols ? after : 0);
    var axis = Resampler.decimate(filter.taps(), stride);
    return resample(scope, scope.apply("pad", pad, x), rows, cols, axis);
  }

  private static Node resample(Scope scope, Node x, boolean rows, boolean cols, Resampler axis) {
    var op = new Resample(rows ? axis : Resampler.IDENTITY, cols ? axis : Resampler.IDENTITY);
    return op.rows().isIdentity() && op.cols().isIdentity() ? x : scope.apply(op, x);
  }
}
