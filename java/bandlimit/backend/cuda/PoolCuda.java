package bandlimit.backend.cuda;

import bandlimit.graph.op.MaxPool;
import bandlimit.graph.op.MaxPoolGrad;
import java.util.List;

/// `kernels/pool.cu`: max-pooling and its gradient by gathering.
final class PoolCuda {
  private PoolCuda() {}

  static List<Work> run(Site site, MaxPool op) {
    throw site.missing();
  }

  static List<Work> grad(Site site, MaxPoolGrad op) {
    throw site.missing();
  }
}
