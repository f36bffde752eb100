package bandlimit.model;

import bandlimit.graph.Node;
import bandlimit.graph.op.Reshape;
import bandlimit.nn.BatchNorm;
import bandlimit.nn.GlobalAvgPool;
import bandlimit.nn.Linear;
import bandlimit.nn.Nonlinearity;
import bandlimit.nn.Norm;
import bandlimit.nn.Scope;
import bandlimit.tensor.Shape;

/// Seizures from an accelerometer on the wrist (Kechris et al. 2025): six convolutions with batch
/// norm and no pool, so a column for every sample; their mean over the window goes through four
/// linear layers.
record AccelerometerNet(ModelSpec spec) implements SignalNetwork {
  @Override
  public Node features(Scope scope, Node x) {
    var line = Line.of(spec, Nonlinearity.RELU, Norm.BATCH, false);
    var y = line.causal() ? x : line.parts().input(scope, x);
    for (int i = 1; i <= 6; i++) {
      y = line.conv(scope.in("conv" + i), y, 4 << i, 3, 1);
      y = line.parts().normActivate(scope, String.valueOf(i), y);
    }
    return y;
  }

  @Override
  public Node head(Scope scope, Node columns) {
    var parts = Parts.ofSignals(spec, Nonlinearity.RELU, Norm.BATCH);
    var y = new GlobalAvgPool().build(scope.in("avgpool"), columns);
    y = parts.activate(scope.in("fc1_relu"), new Linear(256).build(scope.in("fc1"), y));
    y = dense(scope, parts, "2", y, 128);
    y = dense(scope, parts, "3", y, 64);
    return new Linear(spec.numClasses()).build(scope.in("fc4"), y);
  }

  private static Node dense(Scope scope, Parts parts, String number, Node x, int out) {
    var y = new Linear(out).build(scope.in("fc" + number), x);
    var norm = scope.in("fc" + number + "_bn");
    int n = y.shape().at(0);
    var map = norm.apply("map", new Reshape(Shape.of(n, 1, 1, out)), y);
    var normed = new BatchNorm().build(norm, map);
    var rows = norm.apply("rows", new Reshape(Shape.of(n, out)), normed);
    return parts.activate(scope.in("fc" + number + "_relu"), rows);
  }
}
