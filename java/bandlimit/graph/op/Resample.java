package bandlimit.graph.op;

import bandlimit.graph.Gradients;
import bandlimit.graph.Node;
import bandlimit.signal.Resampler;
import bandlimit.tensor.TensorType;
import java.util.List;

/// Blur, blur-pool, upsample, decimate, average-pool - and the gradient of each of them.
///
/// The same filter for every channel, an axis at a time; beyond the edge is zero. Closed under
/// transposition: the gradient exchanges `up` with `down` and turns the taps round.
public record Resample(Resampler rows, Resampler cols) implements Op {
  @Override
  public TensorType infer(List<TensorType> in) {
    Rule.arity(in, 1, this);
    var x = Rule.nhwc(in.getFirst());
    int h = rows.outLength(x.h());
    int w = cols.outLength(x.w());
    Rule.require(
        h >= 1 && w >= 1,
        "%d and %d taps do not fit a map of %dx%d; pad first or use fewer taps",
        rows.taps().size(),
        cols.taps().size(),
        x.h(),
        x.w());
    return in.getFirst().withShape(x.with(1, h).with(2, w));
  }

  @Override
  public void vjp(Node y, Node dy, Gradients to) {
    var x = y.input(0).shape();
    to.add(
        y.input(0), to.apply("dx", new Resample(rows.transpose(x.h()), cols.transpose(x.w())), dy));
  }
}
