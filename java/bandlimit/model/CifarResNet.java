package bandlimit.model;

import bandlimit.graph.Node;
import bandlimit.graph.op.Add;
import bandlimit.graph.op.Concat;
import bandlimit.graph.op.Constant;
import bandlimit.nn.Antialias.Where;
import bandlimit.nn.BlurPool;
import bandlimit.nn.Downsampler.Sampled;
import bandlimit.nn.DropPath;
import bandlimit.nn.Dropout;
import bandlimit.nn.GlobalAvgPool;
import bandlimit.nn.Layer;
import bandlimit.nn.Linear;
import bandlimit.nn.Nonlinearity;
import bandlimit.nn.Norm;
import bandlimit.nn.Scope;
import bandlimit.signal.Boundary;
import bandlimit.signal.Filter;

/// The small residual networks for CIFAR (He et al. 2016, section 4.2): three stages of `blocks`
/// basic blocks, 16, 32 and 64 wide; depth 6 `blocks` + 2.
///
/// Shortcuts have no parameters ("option A"): every second sample, or its blur where anti-aliased,
/// and zeros for the new channels, half of them on either side.
record CifarResNet(ModelSpec spec, int blocks) implements Layer {
  @Override
  public Node build(Scope scope, Node x) {
    var parts = Parts.of(spec, Nonlinearity.RELU, Norm.BATCH);
    var y = parts.conv(scope.in("conv1"), parts.input(scope, x), 16, 3, 1, 1);
    y = parts.normActivate(scope, "1", y);
    for (int stage = 0; stage < 3; stage++) {
      for (int i = 0; i < blocks; i++) {
        double drop = spec.dropPath() * (stage * blocks + i) / (3 * blocks - 1);
        int stride = stage > 0 && i == 0 ? 2 : 1;
        var at = scope.in("layer%d.%d".formatted(stage + 1, i));
        y = block(at, parts, y, 16 << stage, stride, drop);
      }
    }
    y = new GlobalAvgPool().build(scope.in("avgpool"), y);
    y = new Dropout(spec.dropoutOr(0)).build(scope.in("dropout"), y);
    return new Linear(spec.numClasses()).build(scope.in("fc"), y);
  }

  private Node block(Scope scope, Parts parts, Node x, int width, int stride, double drop) {
    var strided = Strided.of(scope.in("conv1"), spec.antialias(), Where.CONV, stride);
    var y = parts.conv(scope.in("conv1"), x, width, 3, strided.stride(), 1);
    var sampled = strided.sample(scope.in("blur1"), parts.normActivate(scope, "1", y));
    y = parts.conv(scope.in("conv2"), sampled.y(), width, 3, 1, 1);
    y = parts.norm(scope.in("bn2"), y);
    y = new DropPath(drop).build(scope.in("drop_path"), y);
    var identity = stride == 1 ? x : shortcut(scope.in("downsample"), x, width, stride, sampled);
    return parts.activate(scope.in("relu"), scope.in("add").apply(new Add(), y, identity));
  }

  private Node shortcut(Scope scope, Node x, int width, int stride, Sampled branch) {
    var strided = Strided.of(scope, spec.antialias(), Where.SHORTCUT, stride);
    var subsample = new BlurPool(Filter.binomial(1), strided.stride(), Boundary.ZERO);
    var y = subsample.build(scope, strided.sampleLike(scope.in("blur"), x, branch));
    int added = width - x.shape().c();
    if (added == 0) {
      return y;
    }
    var before = zeros(scope, "before", y, added / 2);
    var after = zeros(scope, "after", y, added - added / 2);
    return scope.apply("widen", new Concat(3), before, y, after);
  }

  private static Node zeros(Scope scope, String name, Node like, int channels) {
    var type = like.type().withShape(like.shape().with(3, channels));
    return scope.apply(name, Constant.fill(type, 0));
  }
}
