package bandlimit.model;

import bandlimit.graph.Node;
import bandlimit.graph.op.Add;
import bandlimit.nn.Antialias.Where;
import bandlimit.nn.Downsampler.Sampled;
import bandlimit.nn.DropPath;
import bandlimit.nn.Dropout;
import bandlimit.nn.GlobalAvgPool;
import bandlimit.nn.Layer;
import bandlimit.nn.Linear;
import bandlimit.nn.MaxPool;
import bandlimit.nn.Nonlinearity;
import bandlimit.nn.Norm;
import bandlimit.nn.Scope;
import java.util.List;

/// Residual networks for ImageNet (He et al. 2016) with the stride in the 3x3 ("v1.5"), names and
/// start as in torchvision; with `smallStem` (3x3 at stride 1, no pool) for 32x32.
///
/// Anti-aliased as Zhang (2019): in the first block of stages 2 to 4 the blur follows the ReLU of
/// the 3x3, the shortcut is blurred before its 1x1, the stem's pool is a 2x2 maximum and a blur.
record ResNet(ModelSpec spec, List<Integer> blocks, boolean bottleneck, boolean smallStem)
    implements Layer {
  private static final int EXPANSION = 4;

  @Override
  public Node build(Scope scope, Node x) {
    var parts = Parts.of(spec, Nonlinearity.RELU, Norm.BATCH);
    var y = smallStem ? smallStem(scope, parts, x) : stem(scope, parts, x);
    int total = blocks.stream().mapToInt(i -> i).sum();
    int index = 0;
    for (int stage = 0; stage < blocks.size(); stage++) {
      for (int i = 0; i < blocks.get(stage); i++) {
        double drop = spec.dropPath() * index++ / Math.max(1, total - 1);
        int stride = stage > 0 && i == 0 ? 2 : 1;
        var at = scope.in("layer%d.%d".formatted(stage + 1, i));
        y = block(at, parts, y, 64 << stage, stride, drop);
      }
    }
    y = new GlobalAvgPool().build(scope.in("avgpool"), y);
    y = new Dropout(spec.dropoutOr(0)).build(scope.in("dropout"), y);
    return new Linear(spec.numClasses()).build(scope.in("fc"), y);
  }

  private Node stem(Scope scope, Parts parts, Node x) {
    var strided = Strided.of(scope.in("conv1"), spec.antialias(), Where.STEM, 2);
    var y = parts.conv(scope.in("conv1"), parts.input(scope, x), 64, 7, strided.stride(), 3);
    y = strided.sample(scope.in("blur1"), parts.normActivate(scope, "1", y)).y();
    return Strided.maxPool(scope.in("maxpool"), parts, y, new MaxPool(3, 2, 1));
  }

  private static Node smallStem(Scope scope, Parts parts, Node x) {
    var y = parts.conv(scope.in("conv1"), parts.input(scope, x), 64, 3, 1, 1);
    return parts.normActivate(scope, "1", y);
  }

  private Node block(Scope scope, Parts parts, Node x, int width, int stride, double drop) {
    int out = bottleneck ? width * EXPANSION : width;
    var branch =
        bottleneck
            ? bottleneck(scope, parts, x, width, stride)
            : basic(scope, parts, x, width, stride);
    var dropped = new DropPath(drop).build(scope.in("drop_path"), branch.y());
    var identity =
        stride == 1 && x.shape().c() == out
            ? x
            : shortcut(scope.in("downsample"), parts, x, out, stride, branch);
    return parts.activate(scope.in("relu"), scope.in("add").apply(new Add(), dropped, identity));
  }

  /// The branch, and how it was sampled.
  private Sampled basic(Scope scope, Parts parts, Node x, int width, int stride) {
    var strided = Strided.of(scope.in("conv1"), spec.antialias(), Where.CONV, stride);
    var y = parts.conv(scope.in("conv1"), x, width, 3, strided.stride(), 1);
    var sampled = strided.sample(scope.in("blur1"), parts.normActivate(scope, "1", y));
    y = parts.conv(scope.in("conv2"), sampled.y(), width, 3, 1, 1);
    return new Sampled(parts.norm(scope.in("bn2"), y), sampled.choices());
  }

  private Sampled bottleneck(Scope scope, Parts parts, Node x, int width, int stride) {
    var y = parts.normActivate(scope, "1", parts.conv(scope.in("conv1"), x, width, 1, 1, 0));
    var strided = Strided.of(scope.in("conv2"), spec.antialias(), Where.CONV, stride);
    y = parts.conv(scope.in("conv2"), y, width, 3, strided.stride(), 1);
    var sampled = strided.sample(scope.in("blur2"), parts.normActivate(scope, "2", y));
    y = parts.conv(scope.in("conv3"), sampled.y(), width * EXPANSION, 1, 1, 0);
    return new Sampled(parts.norm(scope.in("bn3"), y), sampled.choices());
  }

  private Node shortcut(Scope scope, Parts parts, Node x, int out, int stride, Sampled branch) {
    var strided = Strided.of(scope.in("0"), spec.antialias(), Where.SHORTCUT, stride);
    var y = strided.sampleLike(scope.in("blur"), x, branch);
    y = parts.conv(scope.in("0"), y, out, 1, strided.stride(), 0);
    return parts.norm(scope.in("1"), y);
  }
}
