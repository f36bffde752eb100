package bandlimit.model;

import bandlimit.error.ShapeException;
import bandlimit.graph.Node;
import bandlimit.graph.op.ConvGeometry;
import bandlimit.nn.Conv;
import bandlimit.nn.GlobalAvgPool;
import bandlimit.nn.Init;
import bandlimit.nn.Nonlinearity;
import bandlimit.nn.Norm;
import bandlimit.nn.Scope;
import bandlimit.signal.Boundary;

/// Seizures from an electroencephalogram (Kechris et al. 2025): three convolutions with batch norm
/// and a max-pool of 4 each; the head is convolutions over all columns.
record EegNet(ModelSpec spec) implements SignalNetwork {
  private static final int HEAD = 16;

  @Override
  public Node features(Scope scope, Node x) {
    var line = Line.of(spec, Nonlinearity.RELU, Norm.BATCH, false);
    var y = line.causal() ? x : line.parts().input(scope, x);
    for (int i = 1; i <= 3; i++) {
      y = line.conv(scope.in("conv" + i), y, 128, 3, 1);
      y = line.parts().normActivate(scope, String.valueOf(i), y);
      y = line.maxPool(scope.in("pool" + i), y, 4);
    }
    return y;
  }

  /// The published window leaves 16 columns and so one position; a longer one is averaged over.
  /// Between the two convolutions stands an activation, without which they would be one.
  @Override
  public Node head(Scope scope, Node columns) {
    if (columns.shape().w() < HEAD) {
      throw new ShapeException(
          "fc1: the head needs 16 columns, a window of 1024 samples, but there are "
              + columns.shape().w());
    }
    var parts = Parts.ofSignals(spec, Nonlinearity.RELU, Norm.BATCH);
    var y = conv(scope.in("fc1"), columns, 100, HEAD);
    y = parts.activate(scope.in("fc1_relu"), y);
    y = conv(scope.in("fc2"), y, spec.numClasses(), 1);
    return new GlobalAvgPool().build(scope.in("avgpool"), y);
  }

  private static Node conv(Scope scope, Node x, int out, int kernel) {
    var geometry = new ConvGeometry(1, 1, 1, 1, 0, 0, 0, 0, 1, Boundary.ZERO);
    return new Conv(out, 1, kernel, geometry, true, new Init.KaimingNormal(Init.Fan.IN))
        .build(scope, x);
  }
}
