package bandlimit.backend.reference;

import bandlimit.graph.op.MatMul;

/// [MatMul]: y[i,j] = sum_k a[i,k] b[k,j].
final class MatMulReference {
  private MatMulReference() {}

  static void run(MatMul op, View a, View b, View y) {
    int rows = y.shape().at(0);
    int cols = y.shape().at(1);
    int inner = a.shape().at(op.transposeA() ? 0 : 1);
    for (int i = 0; i < rows; i++) {
      for (int j = 0; j < cols; j++) {
        double sum = 0;
        for (int k = 0; k < inner; k++) {
          sum +=
              a.get(op.transposeA() ? k * rows + i : i * inner + k)
                  * b.get(op.transposeB() ? j * inner + k : k * cols + j);
        }
        y.set(i * cols + j, sum);
      }
    }
  }
}
