package bandlimit.nn;

import bandlimit.graph.Node;
import bandlimit.graph.op.Mul;
import bandlimit.graph.op.Permute;
import bandlimit.graph.op.Reduce;
import bandlimit.graph.op.Reshape;
import bandlimit.graph.op.Softmax;
import bandlimit.tensor.Shape;
import java.util.List;

/// Each column of a signal (N, 1, T, C) becomes a mean of all columns, weighted by how well their
/// keys fit its query (Vaswani et al. 2017), by `heads` sets of weights side by side.
///
/// Linear layers `query`, `key`, `value` (heads * width) and `out` (C), all with bias. The products
/// of queries and keys are an elementwise product of (T, 1, width) and (1, T, width) and a sum: T
/// times the memory of a batched matrix product, which is nothing for the 16 columns it is made for
/// and a reason to take another layer for a thousand.
public record SelfAttention(int heads, int width) implements Layer {
  @Override
  public Node build(Scope scope, Node x) {
    var shape = x.shape();
    int n = shape.n();
    int t = shape.h() * shape.w();
    var rows = scope.apply("rows", new Reshape(Shape.of(n * t, shape.c())), x);
    var query = project(scope, "query", rows, n, t, Shape.of(n * heads, t, 1, width));
    var key = project(scope, "key", rows, n, t, Shape.of(n * heads, 1, t, width));
    var value = project(scope, "value", rows, n, t, Shape.of(n * heads, 1, t, width));
    var products = scope.apply("products", new Mul(), query, key);
    var fits = new Reduce(Shape.of(n * heads, t, t, 1), 1 / Math.sqrt(width));
    var scores =
        scope.apply(
            "scores", new Reshape(Shape.of(n * heads, t, t)), scope.apply("fits", fits, products));
    var shares =
        scope.apply(
            "shares",
            new Reshape(Shape.of(n * heads, t, t, 1)),
            scope.apply("softmax", new Softmax(), scores));
    var weighted = scope.apply("weighted", new Mul(), shares, value);
    var means = scope.apply("means", new Reduce(Shape.of(n * heads, t, 1, width), 1), weighted);
    var apart = scope.apply("apart", new Reshape(Shape.of(n, heads, t, width)), means);
    var together = scope.apply("together", new Permute(List.of(0, 2, 1, 3)), apart);
    var joined = scope.apply("joined", new Reshape(Shape.of(n * t, heads * width)), together);
    return scope.apply(new Reshape(shape), new Linear(shape.c()).build(scope.in("out"), joined));
  }

  private Node project(Scope scope, String name, Node rows, int n, int t, Shape to) {
    var y = new Linear(heads * width).build(scope.in(name), rows);
    var apart = scope.apply(name + ".apart", new Reshape(Shape.of(n, t, heads, width)), y);
    var byHead = scope.apply(name + ".heads", new Permute(List.of(0, 2, 1, 3)), apart);
    return scope.apply(name + ".columns", new Reshape(to), byHead);
  }
}
