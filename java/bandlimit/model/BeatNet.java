package bandlimit.model;

import bandlimit.graph.Node;
import bandlimit.graph.op.Reshape;
import bandlimit.nn.Antialias.Where;
import bandlimit.nn.Dropout;
import bandlimit.nn.Nonlinearity;
import bandlimit.nn.Norm;
import bandlimit.nn.Scope;
import bandlimit.tensor.Shape;

/// Events such as heartbeats, a decision for every column of 8 samples: five causal convolutions,
/// 17 thousand parameters. Three lose resolution by a stride, the last two look far back by
/// dilation.
///
/// Gives (N * columns, classes): a row for each column, window after window.
record BeatNet(ModelSpec spec) implements SignalNetwork {
  @Override
  public Node features(Scope scope, Node x) {
    var line = Line.of(spec, Nonlinearity.RELU, Norm.BATCH, true);
    var y = stage(scope, line, "1", x, 16, 7, 1, 2);
    y = stage(scope, line, "2", y, 24, 7, 1, 2);
    y = stage(scope, line, "3", y, 32, 5, 1, 2);
    y = stage(scope, line, "4", y, 32, 5, 2, 1);
    y = stage(scope, line, "5", y, 32, 5, 4, 1);
    y = new Dropout(spec.dropoutOr(0)).build(scope.in("dropout"), y);
    return line.conv(scope.in("fc"), y, spec.numClasses(), 1, 1);
  }

  private static Node stage(
      Scope scope,
      Line line,
      String number,
      Node x,
      int out,
      int kernel,
      int dilation,
      int stride) {
    var conv = scope.in("conv" + number);
    var strided = line.strided(conv, Where.CONV, stride);
    var y = line.conv(conv, x, out, kernel, dilation, strided.stride(), false);
    y = line.parts().normActivate(scope, number, y);
    return strided.sample(scope.in("blur" + number), y).y();
  }

  @Override
  public Node head(Scope scope, Node columns) {
    var shape = columns.shape();
    return scope
        .in("columns")
        .apply(new Reshape(Shape.of(shape.n() * shape.w(), shape.c())), columns);
  }
}
