package bandlimit.backend.cuda;

import bandlimit.backend.Arguments;
import bandlimit.backend.cuda.GemmVariant.Gemm;
import bandlimit.backend.cuda.GemmVariant.Product;
import bandlimit.graph.op.Conv2d;
import bandlimit.graph.op.Conv2dInputGrad;
import bandlimit.graph.op.Conv2dWeightGrad;
import bandlimit.graph.op.ConvBiasRelu;
import bandlimit.graph.op.ConvGeometry;
import bandlimit.graph.op.ConvMoments;
import bandlimit.tensor.DType;
import bandlimit.tensor.Shape;
import bandlimit.tensor.TensorType;
import java.util.ArrayList;
import java.util.List;

/// `kernels/conv.cu` and its kin: convolution with both gradients. Depthwise is [DepthwiseCuda]'s;
/// the others are products of gathered matrices, each by an engine of [GemmVariant].
final class ConvCuda {
  /// Blocks along z.
  private static final int MOST_PLANES = 65535;

  /// 2^31, less what the threads of a grid step past the end.
  private static final int MOST_PIXELS = Integer.MAX_VALUE - (1 << 20);

  private ConvCuda() {}

  static List<Work> forward(Site site, Conv2d op) {
    var problem = problem(site, op.geometry(), site.in(0).shape(), site.in(1).shape());
    return forward(site, problem, GemmEpilogue.NONE);
  }

  static List<Work> biasRelu(Site site, ConvBiasRelu op) {
    var problem = problem(site, op.geometry(), site.in(0).shape(), site.in(1).shape());
    return forward(site, problem, epilogue(site, op));
  }

  static GemmEpilogue epilogue(Site site, ConvBiasRelu op) {
    var type = site.in(0).dtype();
    long bias = op.bias() ? site.in(2, type).address() : 0;
    long residual = op.residual() ? site.in(op.bias() ? 3 : 2, type).address() : 0;
    return new GemmEpilogue(bias, residual, op.relu(), 0);
  }

  /// The epilogue leaves a line of sums for each row of tiles; they become the statistics. As these
  /// are sums of squares, not of deviations, the variance is good to 2^-24 (1 + mean^2 / variance).
  static List<Work> moments(Site site, ConvMoments op) {
    var problem = problem(site, op.geometry(), site.in(0).shape(), site.in(1).shape());
    if (site.step().out().size() == 1) { // nobody asks for the statistics
      return forward(site, problem, GemmEpilogue.NONE);
    }
    var variant = choose(site, Product.CONV_FORWARD, problem);
    var work = new ArrayList<Work>();
    work.addAll(forward(site, problem, new GemmEpilogue(0, 0, false, site.scratch()), variant));
    work.add(
        NormalizeCuda.momentsFromSums(
            site,
            site.scratch(),
            GemmVariant.tiles(problem.outPixels(), variant.m()),
            problem.y().c(),
            problem.outPixels(),
            site.part(1)));
    return work;
  }

  /// As for the lowest tiles.
  static long scratchBytes(ConvMoments op, List<TensorType> in) {
    var y = op.infer(in).shape();
    return GemmVariant.tiles(y.size() / y.c(), 64) * 2 * y.c() * 4;
  }

  private static List<Work> forward(Site site, ConvProblem problem, GemmEpilogue epilogue) {
    var product = Product.CONV_FORWARD;
    return problem.depthwise()
        ? DepthwiseCuda.forward(
            site, problem, epilogue, DepthwiseCuda.choose(site, product, problem))
        : forward(site, problem, epilogue, choose(site, product, problem));
  }

  static List<Work> inputGrad(Site site, Conv2dInputGrad op) {
    var problem = problem(site, op.geometry(), op.x(), site.in(1).shape());
    var product = Product.CONV_INPUT_GRAD;
    return problem.depthwise()
        ? DepthwiseCuda.inputGrad(site, problem, DepthwiseCuda.choose(site, product, problem))
        : inputGrad(site, problem, choose(site, product, problem));
  }

  static List<Work> weightGrad(Site site, Conv2dWeightGrad op) {
    var problem = problem(site, op.geometry(), site.in(0).shape(), op.w());
    var product = Product.CONV_WEIGHT_GRAD;
    return problem.depthwise()
        ? DepthwiseCuda.weightGrad(site, problem, DepthwiseCuda.choose(site, product, problem))
        : weightGrad(site, problem, choose(site, product, problem));
  }

  static long scratchBytes(Conv2dWeightGrad op, List<TensorType> in) {
    var x = in.getFirst();
    var problem = ConvProblem.of(op.geometry(), x.dtype(), x.shape(), op.w());
    return problem.depthwise() ? DepthwiseCuda.scratchBytes(problem) : scratchBytes(problem);
  }

  private static GemmVariant choose(Site site, Product product, ConvProblem problem) {
    return GemmVariant.choose(site.options(), gemm(site, product, problem));
  }

  /// A convolution as the table of variants sees it.
  static Gemm gemm(Site site, Product product, ConvProblem problem) {
    boolean packs = problem.packs(problem.inChannels());
    boolean bothPack = packs && problem.packs(problem.outChannels());
    boolean tensorCores = problem.type() == DType.BF16 || site.options().tf32();
    long groups = problem.groups();
    return switch (product) {
      case CONV_FORWARD ->
          new Gemm(
              product,
              problem.type(),
              tensorCores,
              packs,
              false,
              problem.outPixels(),
              problem.outChannels(),
              groups);
      case CONV_INPUT_GRAD ->
          new Gemm(
              product,
              problem.type(),
              tensorCores,
              bothPack,
              problem.circular() && !problem.ring(),
              problem.classPixels(),
              problem.inChannels(),
              groups * problem.classes());
      case CONV_WEIGHT_GRAD ->
          new Gemm(
              product,
              problem.type(),
              tensorCores,
              bothPack,
              false,
              problem.outChannels(),
              problem.taps(),
              groups * problem.slabs());
      case MATMUL -> throw new IllegalArgumentException("a product of matrices is MatMulCuda's");
    };
  }

  static List<Work> forward(
      Site site, ConvProblem problem, GemmEpilogue epilogue, GemmVariant variant) {
    var arguments = arguments(site, problem, site.out().address());
    boolean vector = problem.packs(problem.outChannels());
    epilogue.pack(arguments, problem.outChannels(), false, vector);
    var gemm = gemm(site, Product.CONV_FORWARD, problem);
    return List.of(variant.launch(site, gemm, "", problem.pack(arguments)));
  }

  static List<Work> inputGrad(Site site, ConvProblem problem, GemmVariant variant) {
    var arguments = arguments(site, problem, site.out().address());
    boolean vector = problem.packs(problem.inChannels());
    GemmEpilogue.NONE.pack(arguments, problem.inChannels(), false, vector);
    var gemm = gemm(site, Product.CONV_INPUT_GRAD, problem);
    return List.of(variant.launch(site, gemm, "", problem.pack(arguments)));
  }

  /// Sums of each slab of pixels, then their sum, in order; one slab of float32 is the result.
  static List<Work> weightGrad(Site site, ConvProblem problem, GemmVariant variant) {
    boolean partial = scratchBytes(problem) > 0;
    var arguments = arguments(site, problem, partial ? site.scratch() : site.out().address());
    GemmEpilogue.NONE.pack(arguments, problem.taps(), true, problem.taps() % 4 == 0);
    var gemm = gemm(site, Product.CONV_WEIGHT_GRAD, problem);
    var work = new ArrayList<Work>();
    work.add(variant.launch(site, gemm, "", problem.pack(arguments)));
    if (partial) {
      work.add(sumSlabs(site, "conv", problem.slabs()));
    }
    return work;
  }

  private static long scratchBytes(ConvProblem problem) {
    int slabs = problem.slabs();
    return slabs > 1 || problem.type() != DType.F32 ? slabs * problem.w().size() * 4 : 0;
  }

  /// Sums `slabs` planes of floats in the scratch memory into the result.
  static Launch sumSlabs(Site site, String module, int slabs) {
    var arguments =
        new Arguments()
            .pointer(site.scratch())
            .pointer(site.out().address())
            .i64(site.out().size())
            .i32(slabs);
    return site.flat(
        module, module + "_slabs_" + site.out().suffix(), site.out().size(), arguments);
  }

  private static Arguments arguments(Site site, ConvProblem problem, long result) {
    long planes = (long) problem.groups() * Math.max(problem.classes(), problem.slabs());
    if (planes > MOST_PLANES) {
      throw site.tooMuch(
          "at most %d groups times residue classes of the strides, got %d times %d",
          MOST_PLANES, problem.groups(), problem.classes());
    }
    var map = site.in(0);
    var factor = site.in(1, map.dtype());
    site.out(map.dtype());
    return new Arguments().pointer(map.address()).pointer(factor.address()).pointer(result);
  }

  /// The kernels count the pixels of a batch and the elements of an image in 32 bits.
  private static ConvProblem problem(Site site, ConvGeometry geometry, Shape x, Shape w) {
    var type = site.in(0, DType.F32, DType.BF16).dtype();
    var problem = ConvProblem.of(geometry, type, x, w);
    long pixels = Math.max(problem.outPixels(), x.size() / x.c());
    long image = Math.max(x.size(), problem.y().size()) / x.n();
    if (pixels > MOST_PIXELS || image > Integer.MAX_VALUE) {
      throw site.tooMuch(
          "at most %d pixels in a batch and 2^31 - 1 elements in an image, got %d and %d; use a"
              + " smaller batch",
          MOST_PIXELS, pixels, image);
    }
    return problem;
  }
}
