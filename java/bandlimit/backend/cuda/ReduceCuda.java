package bandlimit.backend.cuda;

import bandlimit.graph.op.Reduce;
import bandlimit.graph.op.SquaredNorm;
import java.util.List;

/// `kernels/reduce.cu`: sums in two stages of fixed order.
final class ReduceCuda {
  private ReduceCuda() {}

  static List<Work> reduce(Site site, Reduce op) {
    throw site.missing();
  }

  static List<Work> squaredNorm(Site site, SquaredNorm op) {
    throw site.missing();
  }
}
