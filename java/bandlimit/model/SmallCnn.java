package bandlimit.model;

import bandlimit.graph.Node;
import bandlimit.nn.Antialias.Where;
import bandlimit.nn.Dropout;
import bandlimit.nn.GlobalAvgPool;
import bandlimit.nn.Layer;
import bandlimit.nn.Linear;
import bandlimit.nn.Nonlinearity;
import bandlimit.nn.Norm;
import bandlimit.nn.Scope;

/// Four convolutions, 40 thousand parameters: learns `shapes` within a minute, and loses resolution
/// in both ways that alias, by a max-pool and by strides.
record SmallCnn(ModelSpec spec) implements Layer {
  @Override
  public Node build(Scope scope, Node x) {
    var parts = Parts.of(spec, Nonlinearity.RELU, Norm.BATCH);
    var y = stage(scope, parts, "1", parts.input(scope, x), 16, 1);
    y = Strided.maxPool(scope.in("pool1"), parts, y);
    y = stage(scope, parts, "2", y, 32, 2);
    y = stage(scope, parts, "3", y, 48, 2);
    y = stage(scope, parts, "4", y, 48, 1);
    y = new GlobalAvgPool().build(scope.in("avgpool"), y);
    y = new Dropout(spec.dropoutOr(0)).build(scope.in("dropout"), y);
    return new Linear(spec.numClasses()).build(scope.in("fc"), y);
  }

  private Node stage(Scope scope, Parts parts, String number, Node x, int width, int stride) {
    var conv = scope.in("conv" + number);
    var strided = Strided.of(conv, spec.antialias(), Where.CONV, stride);
    var y = parts.conv(conv, x, width, 3, strided.stride(), 1);
    return strided.sample(scope.in("blur" + number), parts.normActivate(scope, number, y)).y();
  }
}
