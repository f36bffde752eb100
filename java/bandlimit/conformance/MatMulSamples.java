package bandlimit.conformance;

import bandlimit.graph.op.MatMul;
import java.util.ArrayList;
import java.util.List;

/// Matrix products, each way round.
final class MatMulSamples {
  private MatMulSamples() {}

  private static final List<Sample> ROWS = new ArrayList<>();

  static {
    for (boolean a : new boolean[] {false, true}) {
      for (boolean b : new boolean[] {false, true}) {
        matmul(a, b, 1, 1, 1);
        matmul(a, b, 3, 7, 2);
        matmul(a, b, 31, 33, 9);
        matmul(a, b, 1, 56, 10);
        matmul(a, b, 64, 16, 1);
      }
    }
  }

  static List<Sample> rows() {
    return ROWS;
  }

  private static void matmul(boolean transposeA, boolean transposeB, int m, int k, int n) {
    ROWS.add(
        Sample.of(new MatMul(transposeA, transposeB))
            .in(transposeA ? k : m, transposeA ? m : k)
            .in(transposeB ? n : k, transposeB ? k : n)
            .linearIn(0, 1)
            .formula(
                in -> {
                  var y = new double[m * n];
                  for (int i = 0; i < m; i++) {
                    for (int j = 0; j < n; j++) {
                      for (int l = 0; l < k; l++) {
                        y[i * n + j] +=
                            in.get(0)[transposeA ? l * m + i : i * k + l]
                                * in.get(1)[transposeB ? j * k + l : l * n + j];
                      }
                    }
                  }
                  return y;
                }));
  }
}
