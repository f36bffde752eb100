package bandlimit.backend.cuda;

import bandlimit.graph.op.Add;
import bandlimit.graph.op.Cast;
import bandlimit.graph.op.Dropout;
import bandlimit.graph.op.Expand;
import bandlimit.graph.op.Mul;
import bandlimit.graph.op.Pointwise;
import bandlimit.graph.op.PointwiseGrad;
import bandlimit.graph.op.Scale;
import java.util.List;

/// `kernels/pointwise.cu`: functions of one number, and arithmetic element by element.
final class PointwiseCuda {
  private PointwiseCuda() {}

  static List<Work> run(Site site, Pointwise op) {
    throw site.missing();
  }

  static List<Work> grad(Site site, PointwiseGrad op) {
    throw site.missing();
  }

  static List<Work> add(Site site, Add op) {
    throw site.missing();
  }

  static List<Work> mul(Site site, Mul op) {
    throw site.missing();
  }

  static List<Work> scale(Site site, Scale op) {
    throw site.missing();
  }

  static List<Work> expand(Site site, Expand op) {
    throw site.missing();
  }

  static List<Work> cast(Site site, Cast op) {
    throw site.missing();
  }

  static List<Work> dropout(Site site, Dropout op) {
    throw site.missing();
  }
}
