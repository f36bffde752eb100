package bandlimit.backend.cuda;

import bandlimit.error.DeviceException;
import bandlimit.graph.op.MatMul;
import bandlimit.tensor.DType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;
import jcuda.Pointer;
import jcuda.cudaDataType;
import jcuda.driver.CUstream;
import jcuda.jcublas.JCublas2;
import jcuda.jcublas.cublasComputeType;
import jcuda.jcublas.cublasHandle;
import jcuda.jcublas.cublasMath;
import jcuda.jcublas.cublasOperation;
import jcuda.jcublas.cublasStatus;
import jcuda.runtime.cudaStream_t;

/// Products of matrices by cuBLAS, in sums of float32; the same bits in every run, because it has
/// one stream at a time and a workspace that never changes.
final class CuBlas implements AutoCloseable {
  private static final long WORKSPACE = 32L << 20; // what NVIDIA advises for Hopper; ample before
  private static final int DEFAULT_ALGORITHM = -1;

  private final Device device;
  private final cublasHandle handle = new cublasHandle();
  private final long workspace;
  private final Pointer one = number(1);
  private final Pointer zero = number(0);
  private Optional<CUstream> current = Optional.empty();

  CuBlas(Device device) {
    this.device = device;
    workspace = device.allocate(WORKSPACE);
    if (workspace == 0) {
      throw new DeviceException("cuda: no memory for cuBLAS's workspace of 32 MiB");
    }
    check("cublasCreate", JCublas2.cublasCreate(handle));
    // or partial sums of bf16 products would be rounded to bf16 in between
    check(
        "cublasSetMathMode",
        JCublas2.cublasSetMathMode(
            handle, cublasMath.CUBLAS_MATH_DISALLOW_REDUCED_PRECISION_REDUCTION));
  }

  /// For a scalar that a library reads when it is called.
  static Pointer number(float value) {
    return Pointer.to(
        ByteBuffer.allocateDirect(4).order(ByteOrder.nativeOrder()).putFloat(0, value));
  }

  String describe() {
    var version = new int[1];
    check("cublasGetVersion", JCublas2.cublasGetVersion(handle, version));
    return "cuBLAS %d.%d.%d"
        .formatted(version[0] / 10000, version[0] / 100 % 100, version[0] % 100);
  }

  Work product(Site site, MatMul op) {
    var a = site.in(0, DType.F32, DType.BF16);
    var b = site.in(1, a.dtype());
    var y = site.out(a.dtype());
    boolean tf32 = a.dtype() == DType.F32 && site.options().tf32();
    return new Product(
        op,
        y.shape().at(0),
        y.shape().at(1),
        a.shape().at(op.transposeA() ? 0 : 1),
        a,
        b,
        y,
        a.dtype() == DType.BF16 ? cudaDataType.CUDA_R_16BF : cudaDataType.CUDA_R_32F,
        tf32
            ? cublasComputeType.CUBLAS_COMPUTE_32F_FAST_TF32
            : cublasComputeType.CUBLAS_COMPUTE_32F);
  }

  /// Our rows are its columns: y^T = b^T a^T, so the factors change places and none is transposed
  /// on the way.
  private final class Product implements LibraryWork {
    private final MatMul op;
    private final int m;
    private final int n;
    private final int k;
    private final Operand a;
    private final Operand y;
    private final Pointer aPointer;
    private final Pointer bPointer;
    private final Pointer yPointer;
    private final int type;
    private final int compute;

    Product(
        MatMul op, int m, int n, int k, Operand a, Operand b, Operand y, int type, int compute) {
      this.op = op;
      this.m = m;
      this.n = n;
      this.k = k;
      this.a = a;
      this.y = y;
      this.aPointer = Address.of(a.address());
      this.bPointer = Address.of(b.address());
      this.yPointer = Address.of(y.address());
      this.type = type;
      this.compute = compute;
    }

    @Override
    public String name() {
      return "cublasGemmEx_" + y.suffix();
    }

    @Override
    public void start(CUstream stream) {
      use(stream);
      check(
          "cublasGemmEx of (%d, %d, %d)".formatted(m, n, k),
          JCublas2.cublasGemmEx_new(
              handle,
              op.transposeB() ? cublasOperation.CUBLAS_OP_T : cublasOperation.CUBLAS_OP_N,
              op.transposeA() ? cublasOperation.CUBLAS_OP_T : cublasOperation.CUBLAS_OP_N,
              n,
              m,
              k,
              one,
              bPointer,
              type,
              op.transposeB() ? k : n,
              aPointer,
              type,
              a.shape().at(1),
              zero,
              yPointer,
              type,
              n,
              compute,
              DEFAULT_ALGORITHM));
    }
  }

  /// Another stream takes the workspace away, so it is given again.
  private void use(CUstream stream) {
    if (current.isPresent() && current.get().equals(stream)) {
      return;
    }
    check("cublasSetStream", JCublas2.cublasSetStream(handle, new cudaStream_t(stream)));
    check(
        "cublasSetWorkspace",
        JCublas2.cublasSetWorkspace(handle, Address.of(workspace), WORKSPACE));
    current = Optional.of(stream);
  }

  private static void check(String call, int status) {
    if (status != cublasStatus.CUBLAS_STATUS_SUCCESS) {
      throw new DeviceException(
          "cuda: %s says: %s (%d)".formatted(call, cublasStatus.stringFor(status), status));
    }
  }

  @Override
  public void close() {
    int ignored = JCublas2.cublasDestroy(handle); // after a fault it fails, and that was reported
    device.free(workspace);
  }
}
