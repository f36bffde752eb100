package bandlimit.backend.cuda;

import bandlimit.error.DeviceException;
import bandlimit.signal.Boundary;
import bandlimit.tensor.DType;
import bandlimit.tensor.Shape;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import jcuda.Pointer;
import jcuda.driver.CUstream;
import jcuda.jcudnn.JCudnn;
import jcuda.jcudnn.cudnnConvolutionBwdDataAlgo;
import jcuda.jcudnn.cudnnConvolutionBwdFilterAlgo;
import jcuda.jcudnn.cudnnConvolutionDescriptor;
import jcuda.jcudnn.cudnnConvolutionFwdAlgo;
import jcuda.jcudnn.cudnnConvolutionMode;
import jcuda.jcudnn.cudnnDataType;
import jcuda.jcudnn.cudnnFilterDescriptor;
import jcuda.jcudnn.cudnnHandle;
import jcuda.jcudnn.cudnnMathType;
import jcuda.jcudnn.cudnnTensorDescriptor;
import jcuda.jcudnn.cudnnTensorFormat;
import jcuda.runtime.cudaStream_t;

/// Convolutions by cuDNN in NHWC, in sums of float32. The algorithms are fixed, and are those whose
/// results are the same bits in every run; nothing is timed or guessed at the user's machine.
///
/// cuDNN 9 has numbered its statuses anew, and JCudnn's classes are of version 8: only 0 means what
/// it did, and the words for the others are cuDNN's own.
final class CuDnn implements AutoCloseable {
  private static final int SUCCESS = 0;
  private static final int FORWARD_ALGORITHM =
      cudnnConvolutionFwdAlgo.CUDNN_CONVOLUTION_FWD_ALGO_IMPLICIT_PRECOMP_GEMM;
  private static final int INPUT_GRAD_ALGORITHM =
      cudnnConvolutionBwdDataAlgo.CUDNN_CONVOLUTION_BWD_DATA_ALGO_1;
  private static final int WEIGHT_GRAD_ALGORITHM =
      cudnnConvolutionBwdFilterAlgo.CUDNN_CONVOLUTION_BWD_FILTER_ALGO_1;

  private final cudnnHandle handle = new cudnnHandle();
  private final Pointer one = CuBlas.number(1);
  private final Pointer zero = CuBlas.number(0);
  private final Map<Problem, Optional<Convolution>> known = new HashMap<>();

  CuDnn() {
    check("cudnnCreate", JCudnn.cudnnCreate(handle));
  }

  enum Kind {
    FORWARD("cudnnConvolutionForward"),
    INPUT_GRAD("cudnnConvolutionBackwardData"),
    WEIGHT_GRAD("cudnnConvolutionBackwardFilter");

    private final String function;

    Kind(String function) {
      this.function = function;
    }
  }

  /// @param shapes those of the forward convolution, whatever the kind
  record Problem(Kind kind, ConvProblem shapes, boolean tf32) {
    /// cuDNN pads with zeros and pads both sides alike. Where its output has our extents, it is
    /// ours: what lies beyond the far side is zero in any case.
    boolean exists() {
      var geometry = shapes.geometry();
      return geometry.boundary() == Boundary.ZERO
          && shapes.y().h()
              == windows(
                  shapes.x().h(),
                  shapes.w().at(1),
                  geometry.top(),
                  geometry.strideH(),
                  geometry.dilationH())
          && shapes.y().w()
              == windows(
                  shapes.x().w(),
                  shapes.w().at(2),
                  geometry.left(),
                  geometry.strideW(),
                  geometry.dilationW());
    }

    private static int windows(int extent, int taps, int pad, int stride, int dilation) {
      return (extent + 2 * pad - dilation * (taps - 1) - 1) / stride + 1;
    }
  }

  /// `cuDNN 9.5.1`.
  String describe() {
    long version = JCudnn.cudnnGetVersion();
    return "cuDNN %d.%d.%d".formatted(version / 10000, version / 100 % 100, version % 100);
  }

  /// Empty where cuDNN says that its algorithm does not do this.
  Optional<Convolution> convolution(Problem problem) {
    return known.computeIfAbsent(
        problem,
        p -> {
          var convolution = new Convolution(p);
          if (convolution.isSupported()) {
            return Optional.of(convolution);
          }
          convolution.close();
          return Optional.empty();
        });
  }

  /// Descriptors, and the workspace that the algorithm asks for.
  final class Convolution implements AutoCloseable {
    private final Problem problem;
    private final cudnnTensorDescriptor x = new cudnnTensorDescriptor();
    private final cudnnTensorDescriptor y = new cudnnTensorDescriptor();
    private final cudnnFilterDescriptor w = new cudnnFilterDescriptor();
    private final cudnnConvolutionDescriptor window = new cudnnConvolutionDescriptor();
    private final long[] workspace = new long[1];
    private final boolean supported;

    private Convolution(Problem problem) {
      this.problem = problem;
      int type =
          problem.shapes().type() == DType.BF16
              ? cudnnDataType.CUDNN_DATA_BFLOAT16
              : cudnnDataType.CUDNN_DATA_FLOAT;
      tensor(x, problem.shapes().x(), type);
      tensor(y, problem.shapes().y(), type);
      var filter = problem.shapes().w(); // (out, kh, kw, in): cuDNN's KRSC, named as K, C, R, S
      check("cudnnCreateFilterDescriptor", JCudnn.cudnnCreateFilterDescriptor(w));
      check(
          "cudnnSetFilter4dDescriptor",
          JCudnn.cudnnSetFilter4dDescriptor(
              w,
              type,
              cudnnTensorFormat.CUDNN_TENSOR_NHWC,
              filter.at(0),
              filter.at(3),
              filter.at(1),
              filter.at(2)));
      window(problem);
      supported = workspaceStatus() == SUCCESS;
    }

    private void tensor(cudnnTensorDescriptor descriptor, Shape shape, int type) {
      check("cudnnCreateTensorDescriptor", JCudnn.cudnnCreateTensorDescriptor(descriptor));
      check(
          "cudnnSetTensor4dDescriptor",
          JCudnn.cudnnSetTensor4dDescriptor(
              descriptor,
              cudnnTensorFormat.CUDNN_TENSOR_NHWC,
              type,
              shape.n(),
              shape.c(),
              shape.h(),
              shape.w()));
    }

    private void window(Problem p) {
      var geometry = p.shapes().geometry();
      check("cudnnCreateConvolutionDescriptor", JCudnn.cudnnCreateConvolutionDescriptor(window));
      check(
          "cudnnSetConvolution2dDescriptor",
          JCudnn.cudnnSetConvolution2dDescriptor(
              window,
              geometry.top(),
              geometry.left(),
              geometry.strideH(),
              geometry.strideW(),
              geometry.dilationH(),
              geometry.dilationW(),
              cudnnConvolutionMode.CUDNN_CROSS_CORRELATION,
              cudnnDataType.CUDNN_DATA_FLOAT));
      check(
          "cudnnSetConvolutionGroupCount",
          JCudnn.cudnnSetConvolutionGroupCount(window, geometry.groups()));
      int math = cudnnMathType.CUDNN_FMA_MATH; // float32 without any rounding of the factors
      if (p.shapes().type() == DType.BF16) {
        math = cudnnMathType.CUDNN_TENSOR_OP_MATH;
      } else if (p.tf32()) {
        math = cudnnMathType.CUDNN_DEFAULT_MATH; // which is tf32 from Ampere on
      }
      check("cudnnSetConvolutionMathType", JCudnn.cudnnSetConvolutionMathType(window, math));
    }

    private int workspaceStatus() {
      return switch (problem.kind()) {
        case FORWARD ->
            JCudnn.cudnnGetConvolutionForwardWorkspaceSize(
                handle, x, w, window, y, FORWARD_ALGORITHM, workspace);
        case INPUT_GRAD ->
            JCudnn.cudnnGetConvolutionBackwardDataWorkspaceSize(
                handle, w, y, window, x, INPUT_GRAD_ALGORITHM, workspace);
        case WEIGHT_GRAD ->
            JCudnn.cudnnGetConvolutionBackwardFilterWorkspaceSize(
                handle, x, y, window, w, WEIGHT_GRAD_ALGORITHM, workspace);
      };
    }

    boolean isSupported() {
      return supported;
    }

    long workspaceBytes() {
      return workspace[0];
    }

    /// This convolution on the operands of a step, in the order that the op has them.
    Work at(Site site) {
      var first = Address.of(site.in(0).address());
      var second = Address.of(site.in(1).address());
      var result = Address.of(site.out().address());
      var scratch = Address.of(workspace[0] == 0 ? 0 : site.scratch());
      return new LibraryWork() {
        @Override
        public String name() {
          return problem.kind().function + "_" + site.out().suffix();
        }

        @Override
        public void start(CUstream stream) {
          check("cudnnSetStream", JCudnn.cudnnSetStream(handle, new cudaStream_t(stream)));
          check(name(), call(first, second, result, scratch));
        }
      };
    }

    private int call(Pointer first, Pointer second, Pointer result, Pointer scratch) {
      return switch (problem.kind()) {
        case FORWARD ->
            JCudnn.cudnnConvolutionForward(
                handle,
                one,
                x,
                first,
                w,
                second,
                window,
                FORWARD_ALGORITHM,
                scratch,
                workspace[0],
                zero,
                y,
                result);
        case INPUT_GRAD -> // (dy, w) -> dx
            JCudnn.cudnnConvolutionBackwardData(
                handle,
                one,
                w,
                second,
                y,
                first,
                window,
                INPUT_GRAD_ALGORITHM,
                scratch,
                workspace[0],
                zero,
                x,
                result);
        case WEIGHT_GRAD -> // (x, dy) -> dw
            JCudnn.cudnnConvolutionBackwardFilter(
                handle,
                one,
                x,
                first,
                y,
                second,
                window,
                WEIGHT_GRAD_ALGORITHM,
                scratch,
                workspace[0],
                zero,
                w,
                result);
      };
    }

    @Override
    public void close() {
      int ignored = JCudnn.cudnnDestroyTensorDescriptor(x);
      ignored |= JCudnn.cudnnDestroyTensorDescriptor(y);
      ignored |= JCudnn.cudnnDestroyFilterDescriptor(w);
      ignored |= JCudnn.cudnnDestroyConvolutionDescriptor(window);
      assert ignored >= 0;
    }
  }

  private static void check(String call, int status) {
    if (status != SUCCESS) {
      throw new DeviceException(
          "cuda: %s says: %s (%d)".formatted(call, JCudnn.cudnnGetErrorString(status), status));
    }
  }

  @Override
  public void close() {
    known.values().forEach(convolution -> convolution.ifPresent(Convolution::close));
    known.clear();
    int ignored = JCudnn.cudnnDestroy(handle); // after a fault it fails, and that was reported
  }
}
