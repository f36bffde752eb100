package bandlimit.backend.cuda;

import bandlimit.backend.cuda.GemmVariant.Gemm;
import bandlimit.backend.cuda.GemmVariant.Product;
import bandlimit.graph.op.Conv2d;
import bandlimit.graph.op.Conv2dInputGrad;
import bandlimit.graph.op.Conv2dWeightGrad;
import bandlimit.tensor.DType;
import bandlimit.tensor.TensorType;
import java.util.ArrayList;
import java.util.List;

/// `kernels/conv.cu` and its kin: dense and grouped convolution with both gradients, as products of
/// gathered matrices. Depthwise is [ConvDepthwiseCuda]'s.
final class ConvCuda {
  private ConvCuda() {}

  static List<Work> forward(Site site, Conv2d op) {
    var problem = ConvProblem.of(op.geometry(), site.in(0).shape(), site.in(1).shape());
    return forward(site, problem, GemmEpilogue.NONE, choose(site, forward(site, problem)));
  }

  static List<Work> inputGrad(Site site, Conv2dInputGrad op) {
    var problem = ConvProblem.of(op.geometry(), op.x(), site.in(1).shape());
    return inputGrad(site, problem, choose(site, inputGrad(site, problem)));
  }

  static List<Work> weightGrad(Site site, Conv2dWeightGrad op) {
    var problem = ConvProblem.of(op.geometry(), site.in(0).shape(), op.w());
    return weightGrad(site, problem, choose(site, weightGrad(site, problem)));
  }

  private static GemmVariant choose(Site site, Gemm gemm) {
    return GemmVariant.choose(site.options(), gemm);
  }

  // ---- the three products, as the table of variants sees them -----------------------------------

  static Gemm forward(Site site, ConvProblem problem) {
    return gemm(
        site,
        Product.CONV_FORWARD,
        packs(site, problem.inChannels()),
        false,
        problem.outPixels(),
        problem.outChannels(),
        problem.groups());
  }

  static Gemm inputGrad(Site site, ConvProblem problem) {
    return gemm(
        site,
        Product.CONV_INPUT_GRAD,
        packs(site, problem.inChannels()) && packs(site, problem.outChannels()),
        problem.circular() && !problem.ring(),
        problem.classPixels(),
        problem.inChannels(),
        (long) problem.groups() * problem.classes());
  }

  static Gemm weightGrad(Site site, ConvProblem problem) {
    return gemm(
        site,
        Product.CONV_WEIGHT_GRAD,
        packs(site, problem.inChannels()) && packs(site, problem.outChannels()),
        false,
        problem.outChannels(),
        problem.taps(),
        (long) problem.groups() * problem.slabs());
  }

  private static Gemm gemm(
      Site site,
      Product product,
      boolean aligned,
      boolean special,
      long rows,
      long columns,
      long batches) {
    var type = site.in(0, DType.F32, DType.BF16).dtype();
    boolean tensorCores = type == DType.BF16 || site.options().tf32();
    return new Gemm(product, type, tensorCores, aligned, special, rows, columns, batches);
  }

  private static boolean packs(Site site, int extent) {
    return extent % site.in(0).pack() == 0;
  }

  // ---- launches
  // -----------------------------------------------------------------------------------

  static List<Work> forward(
      Site site, ConvProblem problem, GemmEpilogue epilogue, GemmVariant variant) {
    var arguments = arguments(site, problem, site.out().address());
    boolean vector = packs(site, problem.outChannels());
    epilogue.pack(arguments, problem.outChannels(), false, vector);
    return List.of(variant.launch(site, forward(site, problem), "", problem.pack(arguments)));
  }

  static List<Work> inputGrad(Site site, ConvProblem problem, GemmVariant variant) {
    var arguments = arguments(site, problem, site.out().address());
    boolean vector = packs(site, problem.inChannels());
    GemmEpilogue.NONE.pack(arguments, problem.inChannels(), false, vector);
    return List.of(variant.launch(site, inputGrad(site, problem), "", problem.pack(arguments)));
  }

  /// Sums of each slab of pixels, then their sum, in order; one slab of float32 is the result.
  static List<Work> weightGrad(Site site, ConvProblem problem, GemmVariant variant) {
    boolean partial = scratchBytes(problem, site.out().type()) > 0;
    long result = partial ? site.scratch() : site.out().address();
    var arguments = arguments(site, problem, result);
    GemmEpilogue.NONE.pack(arguments, problem.taps(), true, problem.taps() % 4 == 0);
    var work = new ArrayList<Work>();
    work.add(variant.launch(site, weightGrad(site, problem), "", problem.pack(arguments)));
    if (partial) {
      work.add(sumSlabs(site, "conv", problem.slabs()));
    }
    return work;
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

  static long scratchBytes(Conv2dWeightGrad op, List<TensorType> in, TensorType out) {
    var problem = ConvProblem.of(op.geometry(), in.getFirst().shape(), op.w());
    return scratchBytes(problem, out);
  }

  private static long scratchBytes(ConvProblem problem, TensorType out) {
    int slabs = problem.slabs();
    return slabs > 1 || out.dtype() != DType.F32 ? slabs * out.shape().size() * 4 : 0;
  }

  private static Arguments arguments(Site site, ConvProblem problem, long result) {
    check(site, problem);
    var map = site.in(0);
    var factor = site.in(1, map.dtype());
    site.out(map.dtype());
    return new Arguments().pointer(map.address()).pointer(factor.address()).pointer(result);
  }

  /// Pixels of the batch and elements of an image are counted in 32 bits, blocks along z in 16.
  private static void check(Site site, ConvProblem problem) {
    long pixels =
        Math.max(problem.outPixels(), (long) problem.x().n() * problem.x().h() * problem.x().w());
    long image = Math.max(problem.x().size(), problem.y().size()) / problem.x().n();
    long planes = (long) problem.groups() * Math.max(problem.classes(), problem.slabs());
    if (pixels >= Integer.MAX_VALUE || image >= Integer.MAX_VALUE) {
      throw site.tooMuch(
          "fewer than 2^31 pixels in a batch and elements in an image, got %d and %d; use a smaller"
              + " batch",
          pixels, image);
    }
    if (planes > 65535) {
      throw site.tooMuch(
          "at most 65535 groups times residue classes of the strides (%d x %d), got %d",
          problem.groups(), problem.classes(), planes);
    }
  }
}
