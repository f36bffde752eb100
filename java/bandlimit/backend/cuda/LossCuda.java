package bandlimit.backend.cuda;

import bandlimit.graph.op.ArgmaxOneHot;
import bandlimit.graph.op.LogSoftmax;
import bandlimit.graph.op.OneHot;
import bandlimit.graph.op.Softmax;
import bandlimit.graph.op.SoftmaxCrossEntropy;
import bandlimit.graph.op.SoftmaxCrossEntropyGrad;
import java.util.List;

/// `kernels/loss.cu`: softmax and what is made of it.
final class LossCuda {
  private LossCuda() {}

  static List<Work> softmax(Site site, Softmax op) {
    throw site.missing();
  }

  static List<Work> logSoftmax(Site site, LogSoftmax op) {
    throw site.missing();
  }

  static List<Work> crossEntropy(Site site, SoftmaxCrossEntropy op) {
    throw site.missing();
  }

  static List<Work> crossEntropyGrad(Site site, SoftmaxCrossEntropyGrad op) {
    throw site.missing();
  }

  static List<Work> oneHot(Site site, OneHot op) {
    throw site.missing();
  }

  static List<Work> argmax(Site site, ArgmaxOneHot op) {
    throw site.missing();
  }
}
