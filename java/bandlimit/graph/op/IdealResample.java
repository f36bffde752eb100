package bandlimit.graph.op;

import bandlimit.graph.Gradients;
import bandlimit.graph.Graph;
import bandlimit.graph.Node;
import bandlimit.signal.IdealResampler;
import bandlimit.tensor.Shape;
import bandlimit.tensor.TensorType;
import java.util.List;

/// y[n, o, p, c] = sum over h, w of R[o, h] C[p, w] x[n, h, w, c], from (x, R, C): ideal low-pass,
/// decimation, upsampling, resizing and shifting of maps that are one period of a signal on the
/// torus, and the gradient of each.
///
/// R and C are the matrices of `rows` and `cols` (constants); a transposed resampler reads its
/// matrix so. Two matrices rather than a Fourier transform: at the sizes of feature maps that is a
/// small product, exact for any size, with no arithmetic but multiply and add.
public record IdealResample(IdealResampler rows, IdealResampler cols) implements Op {
  @Override
  public TensorType infer(List<TensorType> in) {
    Rule.arity(in, 3, this);
    var x = Rule.nhwc(in.getFirst());
    Rule.require(
        x.h() == rows.in() && x.w() == cols.in(),
        "resamples maps of %dx%d, got %dx%d",
        rows.in(),
        cols.in(),
        x.h(),
        x.w());
    matrix(rows, in.get(1), in.getFirst());
    matrix(cols, in.get(2), in.getFirst());
    return in.getFirst().withShape(x.with(1, rows.out()).with(2, cols.out()));
  }

  private static void matrix(IdealResampler axis, TensorType matrix, TensorType x) {
    Rule.same("matrix", Shape.of(axis.to(), axis.from()), matrix.shape());
    Rule.same("matrix", x.dtype().accumulator(), matrix.dtype());
  }

  @Override
  public void vjp(Node y, Node dy, Gradients to) {
    var op = new IdealResample(rows.transpose(), cols.transpose());
    to.add(y.input(0), to.apply("dx", op, dy, y.input(1), y.input(2)));
  }

  /// The node, with the constants it reads.
  public Node on(Graph graph, String path, Node x) {
    var type = TensorType.of(x.type().dtype().accumulator(), 1);
    return graph.apply(
        path,
        this,
        x,
        matrix(graph, path + "/rows", rows, type),
        matrix(graph, path + "/cols", cols, type));
  }

  private static Node matrix(Graph graph, String path, IdealResampler axis, TensorType type) {
    var shape = Shape.of(axis.to(), axis.from());
    return graph.apply(path, new Constant(type.withShape(shape), axis.matrix()));
  }
}
