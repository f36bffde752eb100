package bandlimit.backend.cuda;

import bandlimit.backend.Arguments;
import bandlimit.graph.op.MaxPool;
import bandlimit.graph.op.MaxPoolGrad;
import bandlimit.tensor.DType;
import java.util.List;

/// `kernels/pool.cu`: max-pooling and its gradient by gathering.
final class PoolCuda {
  /// The largest window of the fast gradient.
  private static final int MOST = 3;

  private PoolCuda() {}

  static List<Work> run(Site site, MaxPool op) {
    var x = site.in(0, DType.F32, DType.BF16);
    var y = site.out(x.dtype());
    boolean packs = packs(site, x);
    return List.of(
        site.flat(
            "pool",
            (packs ? "pool_max_pack_" : "pool_max_") + x.suffix(),
            y.size() / (packs ? x.pack() : 1),
            arguments(op, x, 0, y, y)));
  }

  static List<Work> grad(Site site, MaxPoolGrad op) {
    var x = site.in(0, DType.F32, DType.BF16);
    var dy = site.in(1, x.dtype());
    var dx = site.out(x.dtype());
    var pool = op.pool();
    int window = Math.max(pool.kernelH(), pool.kernelW());
    boolean packs = packs(site, x) && window <= MOST;
    return List.of(
        site.flat(
            "pool",
            (packs ? "pool_grad_pack%d_".formatted(Math.max(2, window)) : "pool_grad_")
                + x.suffix(),
            dx.size() / (packs ? x.pack() : 1),
            arguments(pool, x, dy.address(), dx, dy)));
  }

  private static boolean packs(Site site, Operand x) {
    return site.options().fast() && x.shape().c() % x.pack() == 0;
  }

  /// `struct PoolParams`; `pooled` has the extents of the pool's result.
  private static Arguments arguments(
      MaxPool pool, Operand x, long dy, Operand result, Operand pooled) {
    return new Arguments()
        .pointer(x.address())
        .pointer(dy)
        .pointer(result.address())
        .i32(x.shape().n())
        .i32(x.shape().h())
        .i32(x.shape().w())
        .i32(x.shape().c())
        .i32(pooled.shape().h())
        .i32(pooled.shape().w())
        .i32(pool.kernelH())
        .i32(pool.kernelW())
        .i32(pool.strideH())
        .i32(pool.strideW())
        .i32(pool.padH())
        .i32(pool.padW());
  }
}
