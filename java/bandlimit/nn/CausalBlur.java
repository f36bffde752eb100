package bandlimit.nn;

import bandlimit.graph.Node;
import bandlimit.graph.op.Resample;
import bandlimit.signal.Filter;
import bandlimit.signal.Resampler;

/// Low-pass by `filter` along a signal, then every `stride`-th sample: ceil(W / stride) columns.
///
/// Column o ends with sample o * stride and reads only what came before it; before the first sample
/// is zero. So it runs on a live signal, where [BlurPool] would have to wait for half its taps.
public record CausalBlur(Filter filter, int stride) implements Layer {
  @Override
  public Node build(Scope scope, Node x) {
    var taps = filter.taps();
    var cols = new Resampler(taps, 1, stride, taps.size() - 1, 0);
    return cols.isIdentity() ? x : scope.apply(new Resample(Resampler.IDENTITY, cols), x);
  }
}
