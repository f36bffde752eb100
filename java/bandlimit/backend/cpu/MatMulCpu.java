package bandlimit.backend.cpu;

import bandlimit.graph.op.MatMul;

/// [MatMul] by oneDNN, cut into slabs of rows by its extents alone; each slab stays on one thread.
final class MatMulCpu {
  private static final long SLAB_WORK = 1L << 20; // multiplications worth a call of their own
  private static final int SLABS = 16;

  private MatMulCpu() {}

  static Kernel prepare(
      OneDnn.Session session, String name, Pool pool, MatMul op, View a, View b, View y) {
    int rows = y.shape().at(0);
    int cols = y.shape().at(1);
    int inner = a.shape().at(op.transposeA() ? 0 : 1);
    long work = (long) rows * cols * inner;
    int slabs = (int) Math.clamp(work / SLAB_WORK, 1, Math.min(SLABS, rows));
    int size = (rows + slabs - 1) / slabs;
    int count = (rows + size - 1) / size;
    int last = rows - (count - 1) * size;
    var calls = new OneDnn.Call[count];
    long right =
        session.descriptor(
            new long[] {inner, cols},
            op.transposeB() ? new long[] {1, inner} : new long[] {cols, 1});
    for (int batch : count > 1 && last != size ? new int[] {size, last} : new int[] {last}) {
      long left =
          session.descriptor(
              new long[] {batch, inner},
              op.transposeA() ? new long[] {1, rows} : new long[] {inner, 1});
      long out = session.descriptor(new long[] {batch, cols}, new long[] {cols, 1});
      var primitive = session.primitive(name, session.matmul(name, left, right, out));
      for (int i = 0; i < count; i++) {
        if ((i == count - 1 ? last : size) == batch) {
          long row = (long) i * size;
          calls[i] =
              primitive.on(
                  new OneDnn.Argument(
                      OneDnn.ARG_SRC, left, a.address(op.transposeA() ? row : row * inner)),
                  new OneDnn.Argument(OneDnn.ARG_WEIGHTS, right, b.address()),
                  new OneDnn.Argument(OneDnn.ARG_DST, out, y.address(row * cols)));
        }
      }
    }
    Pool.Task task = (slab, lane) -> calls[slab].run(lane);
    return () -> pool.run(count, task);
  }
}
