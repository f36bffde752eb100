package bandlimit.backend.cuda;

import bandlimit.graph.op.MatMul;
import java.util.List;

/// `kernels/matmul.cu`: products of matrices, for use without cuBLAS.
final class MatMulCuda {
  private MatMulCuda() {}

  static List<Work> run(Site site, MatMul op) {
    throw site.missing();
  }
}
