package bandlimit.backend.cuda;

import bandlimit.error.DeviceException;
import bandlimit.graph.op.Conv2d;
import bandlimit.graph.op.Conv2dInputGrad;
import bandlimit.graph.op.Conv2dWeightGrad;
import bandlimit.graph.op.MatMul;
import bandlimit.graph.op.Op;
import bandlimit.tensor.DType;
import bandlimit.tensor.TensorType;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/// cuBLAS and cuDNN, where they are installed, and which work is theirs.
///
/// With `cuda.conv: native` none is, with `cudnn` all that they can do. The table for `auto` says
/// what their design suggests; on an H200 it took ResNet-50 from 74 to 44 ms a step, and its lines
/// were not measured one by one:
///
/// | work | theirs | because |
/// |---|---|---|
/// | convolution, one group, zero padding, both sides multiples of 8 channels, 16 or more | yes | tensor-core kernels tuned for each GPU |
/// | fewer or odd channels (the stem) | no | cuDNN pads channels to 8 in a copy; ours read what is there |
/// | groups and depthwise | no | theirs run at a fraction of the memory's speed in NHWC; ours are written for it |
/// | circular padding | no | cuDNN has none |
/// | matrix product of 2^24 multiplications or more | yes | tuned as well |
/// | smaller products (classifier heads) | no | launch-bound: nothing to win |
final class NvidiaLibraries implements Libraries, AutoCloseable {
  private static final int FEWEST_CHANNELS = 16;
  private static final long SMALLEST_PRODUCT = 1L << 24;

  private final Optional<CuBlas> blas;
  private final Optional<CuDnn> dnn;
  private final String account;

  private NvidiaLibraries(Optional<CuBlas> blas, Optional<CuDnn> dnn, String account) {
    this.blas = blas;
    this.dnn = dnn;
    this.account = account;
  }

  /// Looks for them once, unless `options` want none.
  ///
  /// @throws DeviceException where `options` want what is not there
  static NvidiaLibraries find(CudaOptions options, Device device) {
    if (options.conv() == CudaOptions.Conv.NATIVE || !options.fast()) {
      return new NvidiaLibraries(Optional.empty(), Optional.empty(), "our own kernels only");
    }
    var blas = Found.of(Jcuda.Part.CUBLAS, () -> new CuBlas(device));
    var dnn = Found.of(Jcuda.Part.CUDNN, CuDnn::new);
    if (dnn.library().isEmpty() && options.conv() == CudaOptions.Conv.CUDNN) {
      throw new DeviceException(
          "cuda.conv: cudnn cannot be had: %s; install cuDNN 9 and put its folder into LD_LIBRARY_PATH, or use cuda.conv: auto, which then takes our own convolutions"
              .formatted(dnn.problem()));
    }
    var whose = options.conv() == CudaOptions.Conv.AUTO ? "by the table" : "wherever it can";
    return new NvidiaLibraries(
        blas.library(),
        dnn.library(),
        "convolutions: %s; products: %s"
            .formatted(
                dnn.library()
                    .map(d -> d.describe() + " " + whose + ", else ours")
                    .orElse("ours (no cuDNN" + dnn.afterAll() + ")"),
                blas.library()
                    .map(b -> b.describe() + " " + whose + ", else ours")
                    .orElse("ours (no cuBLAS" + blas.afterAll() + ")")));
  }

  /// An optional library: what it is, or why there is none.
  ///
  /// @param loads whether its file is there, so that `problem` is worth a line in every log
  private record Found<L>(Optional<L> library, String problem, boolean loads) {
    static <L> Found<L> of(Jcuda.Part part, Supplier<L> start) {
      var missing = Jcuda.load(part);
      if (missing.isPresent()) {
        return new Found<>(Optional.empty(), missing.get(), false);
      }
      try {
        return new Found<>(Optional.of(start.get()), "", true);
      } catch (DeviceException e) { // a library that is there and does not start
        return new Found<>(Optional.empty(), String.valueOf(e.getMessage()), true);
      }
    }

    /// Ends "no cuBLAS" where there is one that cannot be used.
    String afterAll() {
      return loads ? " that works: " + problem : "";
    }
  }

  /// Whose work is whose.
  String describe() {
    return account;
  }

  @Override
  public boolean convolve() {
    return dnn.isPresent();
  }

  @Override
  public List<Work> run(Site site) {
    var op = site.step().op();
    var in = site.in().stream().map(Operand::type).toList();
    if (op instanceof MatMul product && wants(site.options(), product, in, site.out().type())) {
      return blas.map(b -> List.of(b.product(site, product))).orElse(List.of());
    }
    return convolution(site.options(), op, in, site.out().type())
        .map(convolution -> List.of(convolution.at(site)))
        .orElse(List.of());
  }

  @Override
  public long scratchBytes(CudaOptions options, Op op, List<TensorType> in, TensorType out) {
    return convolution(options, op, in, out).map(CuDnn.Convolution::workspaceBytes).orElse(0L);
  }

  private Optional<CuDnn.Convolution> convolution(
      CudaOptions options, Op op, List<TensorType> in, TensorType out) {
    return dnn.flatMap(
        library ->
            problem(options, op, in, out)
                .filter(problem -> wants(options, problem))
                .flatMap(library::convolution));
  }

  private static Optional<CuDnn.Problem> problem(
      CudaOptions options, Op op, List<TensorType> in, TensorType out) {
    var type = out.dtype();
    if (type != DType.F32 && type != DType.BF16
        || in.stream().anyMatch(operand -> operand.dtype() != type)) {
      return Optional.empty();
    }
    boolean tf32 = options.tf32();
    return switch (op) {
      case Conv2d conv ->
          problem(
              CuDnn.Kind.FORWARD,
              ConvProblem.of(conv.geometry(), type, in.get(0).shape(), in.get(1).shape()),
              tf32);
      case Conv2dInputGrad conv ->
          problem(
              CuDnn.Kind.INPUT_GRAD,
              ConvProblem.of(conv.geometry(), type, conv.x(), in.get(1).shape()),
              tf32);
      case Conv2dWeightGrad conv ->
          problem(
              CuDnn.Kind.WEIGHT_GRAD,
              ConvProblem.of(conv.geometry(), type, in.get(0).shape(), conv.w()),
              tf32);
      default -> Optional.empty();
    };
  }

  private static Optional<CuDnn.Problem> problem(
      CuDnn.Kind kind, ConvProblem shapes, boolean tf32) {
    return Optional.of(new CuDnn.Problem(kind, shapes, tf32)).filter(CuDnn.Problem::exists);
  }

  private static boolean wants(CudaOptions options, CuDnn.Problem problem) {
    var shapes = problem.shapes();
    return options.conv() == CudaOptions.Conv.CUDNN
        || shapes.groups() == 1 && isWide(shapes.inChannels()) && isWide(shapes.outChannels());
  }

  private static boolean isWide(int channels) {
    return channels >= FEWEST_CHANNELS && channels % 8 == 0;
  }

  private static boolean wants(
      CudaOptions options, MatMul op, List<TensorType> in, TensorType out) {
    long depth = in.get(0).shape().at(op.transposeA() ? 0 : 1);
    return options.conv() == CudaOptions.Conv.CUDNN
        || depth * out.shape().size() >= SMALLEST_PRODUCT;
  }

  @Override
  public void close() {
    blas.ifPresent(CuBlas::close);
    dnn.ifPresent(CuDnn::close);
  }
}
