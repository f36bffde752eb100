package bandlimit.nn;

import bandlimit.graph.Node;
import bandlimit.graph.op.IdealResample;
import bandlimit.signal.IdealResampler;

/// Takes the Nyquist frequency of an even axis away: it has no phase, so a shift by a fraction of a
/// pixel would change more than its place. Nothing on odd axes.
public record IdealBand() implements Layer {
  @Override
  public Node build(Scope scope, Node x) {
    var op = new IdealResample(axis(x.shape().h()), axis(x.shape().w()));
    if (op.rows().isIdentity() && op.cols().isIdentity()) {
      return x;
    }
    scope.note("the images' Nyquist frequency is taken away: it has no fractional shift");
    return op.on(scope.graph(), scope.path(), x);
  }

  private static IdealResampler axis(int n) {
    return n % 2 == 0 ? IdealResampler.lowpass(n, n - 1) : IdealResampler.identity(n);
  }
}
