package bandlimit.nn;

import bandlimit.graph.Node;

/// The largest value of each square window. On a signal (a map of height 1) windows are one row
/// high.
public record MaxPool(int kernel, int stride, int padding) implements Layer {
  @Override
  public Node build(Scope scope, Node x) {
    boolean signal = x.shape().h() == 1 && x.shape().w() > 1;
    return scope.apply(
        signal
            ? new bandlimit.graph.op.MaxPool(1, kernel, 1, stride, 0, padding)
            : bandlimit.graph.op.MaxPool.of(kernel, stride, padding),
        x);
  }
}
