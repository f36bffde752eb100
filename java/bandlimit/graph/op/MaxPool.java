package bandlimit.graph.op;

import bandlimit.graph.Gradients;
import bandlimit.graph.Node;
import bandlimit.tensor.Shape;
import bandlimit.tensor.TensorType;
import java.util.List;

/// The largest value of each window; beyond the edge is minus infinity.
public record MaxPool(int kernelH, int kernelW, int strideH, int strideW, int padH, int padW)
    implements Op {
  public MaxPool {
    Rule.require(
        2 * padH <= kernelH && 2 * padW <= kernelW && Math.min(padH, padW) >= 0,
        "max-pool padding must be at most half the kernel, got kernel %dx%d, padding %d and %d",
        kernelH,
        kernelW,
        padH,
        padW);
  }

  public static MaxPool of(int kernel, int stride, int pad) {
    return new MaxPool(kernel, kernel, stride, stride, pad, pad);
  }

  @Override
  public TensorType infer(List<TensorType> in) {
    Rule.arity(in, 1, this);
    var x = Rule.nhwc(in.getFirst());
    return in.getFirst().withShape(output(x));
  }

  Shape output(Shape x) {
    return x.with(1, Rule.windowed("height", x.h(), kernelH, strideH, 1, 2 * padH))
        .with(2, Rule.windowed("width", x.w(), kernelW, strideW, 1, 2 * padW));
  }

  @Override
  public void vjp(Node y, Node dy, Gradients to) {
    to.add(y.input(0), to.apply("dx", new MaxPoolGrad(this), y.input(0), dy));
  }
}
