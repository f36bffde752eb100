package bandlimit.model;

import bandlimit.graph.Node;
import bandlimit.nn.Dropout;
import bandlimit.nn.Flatten;
import bandlimit.nn.LayerNorm;
import bandlimit.nn.Linear;
import bandlimit.nn.Nonlinearity;
import bandlimit.nn.Norm;
import bandlimit.nn.Scope;
import bandlimit.nn.SelfAttention;

/// Heart rate from a pulse signal (Kechris et al. 2025): three blocks of three causal convolutions
/// of dilation 2 and an average pool, attention over the columns, two linear layers.
record HeartRateNet(ModelSpec spec) implements SignalNetwork {
  private static final int[] WIDTHS = {32, 48, 64};
  private static final int[] POOLS = {4, 2, 2};

  @Override
  public Node features(Scope scope, Node x) {
    Parts.refuseNorm(spec, "conv1d_eeg or conv1d_acc");
    var line = Line.of(spec, Nonlinearity.RELU, Norm.BATCH, true);
    var y = x;
    for (int block = 0; block < WIDTHS.length; block++) {
      var at = scope.in("block" + (block + 1));
      for (int i = 1; i <= 3; i++) {
        y = line.conv(at.in("conv" + i), y, WIDTHS[block], 5, 2);
        y = line.parts().activate(at.in("relu" + i), y);
      }
      y = line.averagePool(at.in("pool"), y, POOLS[block]);
      y = new Dropout(spec.dropoutOr(0.5)).build(at.in("dropout"), y);
    }
    return y;
  }

  @Override
  public Node head(Scope scope, Node columns) {
    var parts = Parts.ofSignals(spec, Nonlinearity.RELU, Norm.BATCH);
    var y = new SelfAttention(4, 16).build(scope.in("attention"), columns);
    y = new LayerNorm().build(scope.in("norm"), y);
    y = new Flatten().build(scope.in("flatten"), y);
    y = new Linear(32).build(scope.in("fc1"), y);
    y = parts.activate(scope.in("fc1_relu"), y);
    return new Linear(spec.numClasses()).build(scope.in("fc2"), y);
  }
}
