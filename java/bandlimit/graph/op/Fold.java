package bandlimit.graph.op;

import bandlimit.graph.Gradients;
import bandlimit.graph.Node;
import bandlimit.signal.Boundary;
import bandlimit.tensor.TensorType;
import java.util.List;

/// The transpose of [Pad]: the border comes back to the samples it was read from, and is added.
public record Fold(Boundary mode, int top, int bottom, int left, int right) implements Op {
  @Override
  public TensorType infer(List<TensorType> in) {
    Rule.arity(in, 1, this);
    var y = Rule.nhwc(in.getFirst());
    int h = y.h() - top - bottom;
    int w = y.w() - left - right;
    Rule.require(h >= 1 && w >= 1, "nothing is left of %s inside padding of %s", y, this);
    Rule.require(
        mode.fits(Math.max(top, bottom), h) && mode.fits(Math.max(left, right), w),
        "%s: the map is %dx%d",
        mode.rule(),
        h,
        w);
    return in.getFirst().withShape(y.with(1, h).with(2, w));
  }

  @Override
  public void vjp(Node y, Node dy, Gradients to) {
    to.add(y.input(0), to.apply("dx", new Pad(mode, top, bottom, left, right), dy));
  }
}
