package bandlimit.backend.cuda;

import bandlimit.graph.op.Conv2d;
import bandlimit.graph.op.Conv2dInputGrad;
import bandlimit.graph.op.Conv2dWeightGrad;
import java.util.List;

/// `kernels/conv.cu` and its kin: dense, grouped and depthwise convolution with both gradients.
final class ConvCuda {
  private ConvCuda() {}

  static List<Work> forward(Site site, Conv2d op) {
    throw site.missing();
  }

  static List<Work> inputGrad(Site site, Conv2dInputGrad op) {
    throw site.missing();
  }

  static List<Work> weightGrad(Site site, Conv2dWeightGrad op) {
    throw site.missing();
  }
}
