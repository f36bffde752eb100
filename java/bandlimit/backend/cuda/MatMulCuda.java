package bandlimit.backend.cuda;

import bandlimit.backend.Arguments;
import bandlimit.backend.cuda.GemmVariant.Gemm;
import bandlimit.backend.cuda.GemmVariant.Product;
import bandlimit.graph.op.MatMul;
import bandlimit.tensor.DType;
import bandlimit.tensor.Shape;
import bandlimit.tensor.TensorType;
import java.util.ArrayList;
import java.util.List;

/// `kernels/matmul.cu`: products of matrices, for use without cuBLAS.
final class MatMulCuda {
  /// Depth that is worth a slab of its own.
  private static final int SHALLOWEST = 256;

  private MatMulCuda() {}

  /// Extents, and how far one slab of k goes: from the shape alone, as the order of the sums is.
  record Problem(int m, int n, int k, int slabDepth) {
    static Problem of(MatMul op, Shape a, Shape y) {
      int k = a.at(op.transposeA() ? 0 : 1);
      long tiles = GemmVariant.tiles(y.at(0), 64) * GemmVariant.tiles(y.at(1), 64);
      long slabs = Math.min(GemmVariant.PROCESSORS / tiles, k / SHALLOWEST);
      long depth = GemmVariant.tiles(k, Math.max(1, slabs));
      return new Problem(y.at(0), y.at(1), k, (int) GemmVariant.tiles(depth, 32) * 32);
    }

    int slabs() {
      return (int) GemmVariant.tiles(k, slabDepth);
    }
  }

  static List<Work> run(Site site, MatMul op) {
    var problem = Problem.of(op, site.in(0).shape(), site.out().shape());
    return run(site, op, problem, GemmVariant.choose(site.options(), gemm(site, op, problem)));
  }

  static Gemm gemm(Site site, MatMul op, Problem problem) {
    var a = site.in(0, DType.F32, DType.BF16);
    boolean aligned =
        (op.transposeA() ? problem.m() : problem.k()) % a.pack() == 0
            && (op.transposeB() ? problem.k() : problem.n()) % a.pack() == 0;
    return new Gemm(
        Product.MATMUL,
        a.dtype(),
        a.dtype() == DType.BF16 || site.options().tf32(),
        aligned,
        op.transposeA() && op.transposeB(),
        problem.m(),
        problem.n(),
        problem.slabs());
  }

  static List<Work> run(Site site, MatMul op, Problem problem, GemmVariant variant) {
    var a = site.in(0);
    var b = site.in(1, a.dtype());
    var y = site.out(a.dtype());
    boolean partial = problem.slabs() > 1;
    var arguments =
        new Arguments()
            .pointer(a.address())
            .pointer(b.address())
            .pointer(partial ? site.scratch() : y.address());
    GemmEpilogue.NONE.pack(
        arguments, problem.n(), partial, problem.n() % (partial ? 4 : y.pack()) == 0);
    arguments.i32(problem.m()).i32(problem.n()).i32(problem.k()).i32(problem.slabDepth());
    var way = "_" + (op.transposeA() ? "t" : "n") + (op.transposeB() ? "t" : "n");
    var work = new ArrayList<Work>();
    work.add(variant.launch(site, gemm(site, op, problem), way, arguments));
    if (partial) {
      work.add(ConvCuda.sumSlabs(site, "matmul", problem.slabs()));
    }
    return work;
  }

  static long scratchBytes(MatMul op, List<TensorType> in, TensorType out) {
    int slabs = Problem.of(op, in.getFirst().shape(), out.shape()).slabs();
    return slabs > 1 ? slabs * out.shape().size() * 4 : 0;
  }
}
