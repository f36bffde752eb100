package bandlimit.model;

import bandlimit.error.ShapeException;
import bandlimit.graph.Node;
import bandlimit.graph.op.Resample;
import bandlimit.nn.Activation;
import bandlimit.nn.Conv;
import bandlimit.nn.Dropout;
import bandlimit.nn.Flatten;
import bandlimit.nn.GlobalAvgPool;
import bandlimit.nn.Init;
import bandlimit.nn.Layer;
import bandlimit.nn.Linear;
import bandlimit.nn.Nonlinearity;
import bandlimit.nn.Norm;
import bandlimit.nn.Scope;
import bandlimit.nn.Sequential;
import bandlimit.signal.Resampler;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/// VGG (Simonyan and Zisserman 2015): five stages of 3x3 convolutions, a max-pool after each; names
/// and start as in torchvision. The head has three linear layers, or one if `smallHead` (CIFAR).
///
/// Anti-aliased as Zhang (2019): each pool is a 2x2 maximum at stride 1 and a blur.
record Vgg(ModelSpec spec, List<Integer> convolutions, boolean batchNorm, boolean smallHead)
    implements Layer {
  private static final int HEAD_MAP = 7;
  private static final Init LINEAR = new Init.Normal(0.01);

  @Override
  public Node build(Scope scope, Node x) {
    if (!batchNorm) {
      Parts.refuseNorm(spec, "a network with _bn in its name");
    }
    var parts = Parts.of(spec, Nonlinearity.RELU, Norm.BATCH);
    var features = new ArrayList<Layer>();
    for (int stage = 0; stage < convolutions.size(); stage++) {
      int width = Math.min(64 << stage, 512);
      for (int i = 0; i < convolutions.get(stage); i++) {
        features.add((at, y) -> parts.conv(at, Conv.of(width, 3, 1, 1).withBias(), y));
        if (batchNorm) {
          features.add(parts::norm);
        }
        features.add(parts::activate);
      }
      features.add((pool, y) -> Strided.maxPool(pool, parts, y));
    }
    var y = Sequential.of(features).build(scope.in("features"), parts.input(scope, x));
    return smallHead ? smallHead(scope, y) : head(scope, y);
  }

  private Node smallHead(Scope scope, Node x) {
    var y = new GlobalAvgPool().build(scope.in("avgpool"), x);
    y = new Dropout(spec.dropoutOr(0)).build(scope.in("dropout"), y);
    return new Linear(spec.numClasses(), LINEAR).build(scope.in("classifier"), y);
  }

  private Node head(Scope scope, Node x) {
    double drop = spec.dropoutOr(0.5);
    var classifier =
        Sequential.of(
            new Linear(4096, LINEAR),
            Activation.RELU,
            new Dropout(drop),
            new Linear(4096, LINEAR),
            Activation.RELU,
            new Dropout(drop),
            new Linear(spec.numClasses(), LINEAR));
    var y = new Flatten().build(scope.in("flatten"), average(scope.in("avgpool"), x));
    return classifier.build(scope.in("classifier"), y);
  }

  /// To 7x7, which the head's weights are made for.
  private static Node average(Scope scope, Node x) {
    int h = x.shape().h();
    int w = x.shape().w();
    if (h % HEAD_MAP != 0 || w % HEAD_MAP != 0) {
      throw new ShapeException(
          "%s: this head averages maps down to 7x7, which %dx%d does not divide into; use images"
                  .formatted(scope.path(), h, w)
              + " of 224..255 pixels, or the network's _cifar form");
    }
    var op = new Resample(box(h / HEAD_MAP), box(w / HEAD_MAP));
    return op.rows().isIdentity() && op.cols().isIdentity() ? x : scope.apply(op, x);
  }

  private static Resampler box(int factor) {
    return Resampler.decimate(Collections.nCopies(factor, 1.0 / factor), factor);
  }
}
