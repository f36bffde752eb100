package bandlimit.backend.cuda;

import bandlimit.graph.op.ChannelGradSums;
import bandlimit.graph.op.Moments;
import bandlimit.graph.op.Normalize;
import bandlimit.graph.op.NormalizeGrad;
import bandlimit.graph.op.NormalizeRelu;
import java.util.List;

/// `kernels/normalize.cu`: batch, layer and group norm, both passes.
final class NormalizeCuda {
  private NormalizeCuda() {}

  static List<Work> moments(Site site, Moments op) {
    throw site.missing();
  }

  static List<Work> run(Site site, Normalize op) {
    throw site.missing();
  }

  static List<Work> relu(Site site, NormalizeRelu op) {
    throw site.missing();
  }

  static List<Work> sums(Site site, ChannelGradSums op) {
    throw site.missing();
  }

  static List<Work> grad(Site site, NormalizeGrad op) {
    throw site.missing();
  }
}
