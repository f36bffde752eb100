package bandlimit.certify;

import bandlimit.graph.Graph;
import bandlimit.graph.Node;
import bandlimit.graph.op.Conv2d;
import bandlimit.graph.op.ConvGeometry;
import bandlimit.graph.op.MaxPool;
import bandlimit.graph.op.Pad;
import bandlimit.graph.op.Resample;
import bandlimit.signal.Boundary;
import bandlimit.signal.Resampler;
import bandlimit.tensor.TensorType;
import java.util.List;

/// A layer with circular borders in place of its own, and as many samples as the stride leaves of a
/// period: aliasing is to be told from what an edge does.
final class Twin {
  private Twin() {}

  /// The type of an input: what lacks samples of a period has them.
  static TensorType type(Node input, Value value) {
    var type = input.type();
    if (!value.isPlainMap()) {
      return type;
    }
    var shape = type.shape();
    return type.withShape(
        shape.with(1, whole(value.rows(), shape.h())).with(2, whole(value.cols(), shape.w())));
  }

  private static int whole(Axis axis, int extent) {
    return axis instanceof Grid grid ? Math.max(grid.n(), extent) : extent;
  }

  static Node write(Graph to, Node node, List<Node> in) {
    return switch (node.op()) {
      case Conv2d(ConvGeometry g) -> {
        var w = in.get(1).shape();
        int left = lacking(w.at(1), g.dilationH(), g.strideH(), g.top() + g.bottom());
        int right = lacking(w.at(2), g.dilationW(), g.strideW(), g.left() + g.right());
        var circular =
            new ConvGeometry(
                g.strideH(),
                g.strideW(),
                g.dilationH(),
                g.dilationW(),
                g.top(),
                g.bottom() + left,
                g.left(),
                g.right() + right,
                g.groups(),
                Boundary.CIRCULAR);
        yield to.apply(node.path(), new Conv2d(circular), in);
      }
      case MaxPool p -> {
        int h = lacking(p.kernelH(), 1, p.strideH(), 2 * p.padH());
        int w = lacking(p.kernelW(), 1, p.strideW(), 2 * p.padW());
        var x = padded(to, node, in.getFirst(), p.padH(), p.padH() + h, p.padW(), p.padW() + w);
        var pool = new MaxPool(p.kernelH(), p.kernelW(), p.strideH(), p.strideW(), 0, 0);
        yield to.apply(node.path(), pool, x);
      }
      case Pad p ->
          to.apply(
              node.path(),
              new Pad(Boundary.CIRCULAR, p.top(), p.bottom(), p.left(), p.right()),
              in);
      case Resample(Resampler rows, Resampler cols) -> {
        var x =
            padded(
                to,
                node,
                in.getFirst(),
                beyond(rows, rows.before()),
                beyond(rows, rows.after()),
                beyond(cols, cols.before()),
                beyond(cols, cols.after()));
        yield to.apply(node.path(), new Resample(inside(rows), inside(cols)), x);
      }
      default -> to.apply(node.path(), node.op(), in);
    };
  }

  private static int lacking(int kernel, int dilation, int stride, int pads) {
    return Math.max(0, dilation * (kernel - 1) + 1 - stride - pads);
  }

  private static Node padded(
      Graph to, Node node, Node x, int top, int bottom, int left, int right) {
    return top + bottom + left + right == 0
        ? x
        : to.apply(
            node.path() + "/circular", new Pad(Boundary.CIRCULAR, top, bottom, left, right), x);
  }

  private static int beyond(Resampler r, int samples) {
    return r.up() == 1 ? Math.max(0, samples) : 0;
  }

  private static Resampler inside(Resampler r) {
    return r.up() == 1
        ? new Resampler(r.taps(), 1, r.down(), Math.min(0, r.before()), Math.min(0, r.after()))
        : r;
  }
}
