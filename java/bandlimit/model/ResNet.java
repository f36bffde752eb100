package bandlimit.model;

import bandlimit.graph.Node;
import bandlimit.graph.op.Add;
import bandlimit.nn.Activation;
import bandlimit.nn.Antialias.Where;
import bandlimit.nn.BatchNorm;
import bandlimit.nn.Conv;
import bandlimit.nn.DropPath;
import bandlimit.nn.Dropout;
import bandlimit.nn.GlobalAvgPool;
import bandlimit.nn.Layer;
import bandlimit.nn.Linear;
import bandlimit.nn.MaxPool;
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
    var y = smallStem ? smallStem(scope, x) : stem(scope, x);
    int total = blocks.stream().mapToInt(i -> i).sum();
    int index = 0;
    for (int stage = 0; stage < blocks.size(); stage++) {
      for (int i = 0; i < blocks.get(stage); i++) {
        double drop = spec.dropPath() * index++ / Math.max(1, total - 1);
        int stride = stage > 0 && i == 0 ? 2 : 1;
        y = block(scope.in("layer%d.%d".formatted(stage + 1, i)), y, 64 << stage, stride, drop);
      }
    }
    y = new GlobalAvgPool().build(scope.in("avgpool"), y);
    y = new Dropout(spec.dropoutOr(0)).build(scope.in("dropout"), y);
    return new Linear(spec.numClasses()).build(scope.in("fc"), y);
  }

  private Node stem(Scope scope, Node x) {
    var strided = Strided.of(scope.in("conv1"), spec.antialias(), Where.STEM, 2);
    var y = Conv.of(64, 7, strided.stride(), 3).build(scope.in("conv1"), x);
    y = strided.blur(scope.in("blur1"), normRelu(scope, "1", y));
    return Strided.maxPool(scope.in("maxpool"), spec.antialias(), y, new MaxPool(3, 2, 1));
  }

  private static Node smallStem(Scope scope, Node x) {
    return normRelu(scope, "1", Conv.of(64, 3, 1, 1).build(scope.in("conv1"), x));
  }

  private Node block(Scope scope, Node x, int width, int stride, double drop) {
    int out = bottleneck ? width * EXPANSION : width;
    var branch = bottleneck ? bottleneck(scope, x, width, stride) : basic(scope, x, width, stride);
    branch = new DropPath(drop).build(scope.in("drop_path"), branch);
    var identity =
        stride == 1 && x.shape().c() == out ? x : shortcut(scope.in("downsample"), x, out, stride);
    return Activation.RELU.build(
        scope.in("relu"), scope.in("add").apply(new Add(), branch, identity));
  }

  private Node basic(Scope scope, Node x, int width, int stride) {
    var strided = Strided.of(scope.in("conv1"), spec.antialias(), Where.CONV, stride);
    var y = Conv.of(width, 3, strided.stride(), 1).build(scope.in("conv1"), x);
    y = strided.blur(scope.in("blur1"), normRelu(scope, "1", y));
    y = Conv.of(width, 3, 1, 1).build(scope.in("conv2"), y);
    return new BatchNorm().build(scope.in("bn2"), y);
  }

  private Node bottleneck(Scope scope, Node x, int width, int stride) {
    var y = normRelu(scope, "1", Conv.of(width, 1, 1, 0).build(scope.in("conv1"), x));
    var strided = Strided.of(scope.in("conv2"), spec.antialias(), Where.CONV, stride);
    y = Conv.of(width, 3, strided.stride(), 1).build(scope.in("conv2"), y);
    y = strided.blur(scope.in("blur2"), normRelu(scope, "2", y));
    y = Conv.of(width * EXPANSION, 1, 1, 0).build(scope.in("conv3"), y);
    return new BatchNorm().build(scope.in("bn3"), y);
  }

  private Node shortcut(Scope scope, Node x, int out, int stride) {
    var strided = Strided.of(scope.in("0"), spec.antialias(), Where.SHORTCUT, stride);
    var y = strided.blur(scope.in("blur"), x);
    y = Conv.of(out, 1, strided.stride(), 0).build(scope.in("0"), y);
    return new BatchNorm().build(scope.in("1"), y);
  }

  static Node normRelu(Scope scope, String number, Node x) {
    var y = new BatchNorm().build(scope.in("bn" + number), x);
    return Activation.RELU.build(scope.in("relu" + number), y);
  }
}
