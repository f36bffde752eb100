package bandlimit.nn;

import bandlimit.graph.Node;
import bandlimit.graph.op.IdealResample;
import bandlimit.signal.IdealResampler;

/// Ideal low-pass on both axes, then every `stride`-th sample: ceil(H / stride) rows. The map is
/// taken for one period of a signal, so every circular shift of it, by any real distance, is the
/// same shift of the result (Michaeli et al. 2023, section 4).
///
/// An axis that the stride does not divide is resized to ceil(n / stride) samples of the same
/// period, which keeps that; an axis of one sample is left alone.
public record IdealDown(int stride) implements Layer {
  public IdealDown {
    if (stride < 1) {
      throw new IllegalArgumentException("a stride must be 1 or more, got " + stride);
    }
  }

  @Override
  public Node build(Scope scope, Node x) {
    var op = new IdealResample(axis(x.shape().h()), axis(x.shape().w()));
    if (op.rows().isIdentity() && op.cols().isIdentity()) {
      return x;
    }
    return op.on(scope.graph(), scope.path(), x);
  }

  private IdealResampler axis(int n) {
    return n % stride == 0
        ? IdealResampler.down(n, stride)
        : IdealResampler.resize(n, Math.ceilDiv(n, stride));
  }
}
