package bandlimit.graph.op;

import bandlimit.graph.Gradients;
import bandlimit.graph.Node;
import bandlimit.signal.Boundary;
import bandlimit.tensor.TensorType;
import java.util.List;

/// Extends a map on its four sides: (N, H, W, C) -> (N, H + top + bottom, W + left + right, C).
public record Pad(Boundary mode, int top, int bottom, int left, int right) implements Op {
  public Pad {
    Rule.require(
        Math.min(Math.min(top, bottom), Math.min(left, right)) >= 0,
        "padding must be 0 or more, got %d %d %d %d",
        top,
        bottom,
        left,
        right);
  }

  @Override
  public TensorType infer(List<TensorType> in) {
    Rule.arity(in, 1, this);
    var x = Rule.nhwc(in.getFirst());
    fits("height", x.h(), Math.max(top, bottom));
    fits("width", x.w(), Math.max(left, right));
    return in.getFirst().withShape(x.with(1, x.h() + top + bottom).with(2, x.w() + left + right));
  }

  private void fits(String axis, int n, int pad) {
    Rule.require(
        mode.fits(pad, n),
        "%s: the %s is %d, the padding %d; use fewer taps, padding: replicate, or a larger input",
        mode.rule(),
        axis,
        n,
        pad);
  }

  @Override
  public void vjp(Node y, Node dy, Gradients to) {
    to.add(y.input(0), to.apply("dx", new Fold(mode, top, bottom, left, right), dy));
  }
}
