package bandlimit.graph.op;

import bandlimit.graph.Gradients;
import bandlimit.graph.Node;
import bandlimit.tensor.Shape;
import bandlimit.tensor.TensorType;
import java.util.List;

/// A B, with A (M, K) and B (K, N) after the transpositions asked for. A linear layer is x W^T.
public record MatMul(boolean transposeA, boolean transposeB) implements Op {
  @Override
  public TensorType infer(List<TensorType> in) {
    Rule.arity(in, 2, this);
    var a = in.get(0).shape();
    var b = in.get(1).shape();
    Rule.require(a.rank() == 2 && b.rank() == 2, "takes two matrices, got %s and %s", a, b);
    int k = a.at(transposeA ? 0 : 1);
    int kb = b.at(transposeB ? 1 : 0);
    Rule.require(
        k == kb,
        "inner extents differ: %s%s has %d, %s%s has %d",
        a,
        transposeA ? "^T" : "",
        k,
        b,
        transposeB ? "^T" : "",
        kb);
    Rule.same("the second matrix", in.get(0).dtype(), in.get(1).dtype());
    return in.get(0).withShape(Shape.of(a.at(transposeA ? 1 : 0), b.at(transposeB ? 0 : 1)));
  }

  @Override
  public void vjp(Node y, Node dy, Gradients to) {
    var a = y.input(0);
    var b = y.input(1);
    to.add(
        a,
        transposeA
            ? to.apply("da", new MatMul(transposeB, true), b, dy)
            : to.apply("da", new MatMul(false, !transposeB), dy, b));
    to.add(
        b,
        transposeB
            ? to.apply("db", new MatMul(true, transposeA), dy, a)
            : to.apply("db", new MatMul(!transposeA, false), a, dy));
  }
}
