package bandlimit.backend.cuda;

import bandlimit.backend.Arguments;
import bandlimit.backend.cuda.GemmVariant.Product;
import bandlimit.tensor.Shape;
import java.util.List;
import java.util.stream.Stream;

/// `kernels/conv_depthwise.cu`: convolution of each channel for itself, with both gradients.
final class DepthwiseCuda {
  /// Packs of channels in a block, at most; 128 bytes of a line are enough for its accesses.
  private static final int MOST_PACKS = 16;

  private static final String MODULE = "conv_depthwise";
  private static final int THREADS = 256;

  /// What a launch may take without leave.
  private static final int MOST_SHARED_BYTES = 48 * 1024;

  /// Blocks that fill the GPU; those of the kernels here walk on when done.
  private static final int MANY_BLOCKS = GemmVariant.PROCESSORS * 4;

  /// Slabs of the weight gradient have so many strips of outputs for each thread, or more.
  private static final int FEWEST_STRIPS = 4;

  /// The table: the first that can runs.
  enum Variant {
    /// Strips of a line, a kernel row's weights in registers.
    ROWS,
    /// 16 bytes of channels a thread.
    VECTOR,
    /// An element a thread; any geometry.
    PLAIN
  }

  private DepthwiseCuda() {}

  /// How channels are dealt out to blocks.
  private record Channels(int packs, int blocks, int width) {
    static Channels of(ConvProblem problem) {
      int width = 16 / problem.type().bytes();
      int total = Math.max(1, problem.x().c() / width);
      int blocks = (int) GemmVariant.tiles(total, MOST_PACKS);
      return new Channels((int) GemmVariant.tiles(total, blocks), blocks, width);
    }

    /// Threads of a block that share their channels.
    int threads() {
      return THREADS / packs;
    }

    /// A block's weights as [tap][channel], in rows that spare the banks.
    int weightBytes(int taps) {
      return taps * (packs * width + 4) * 4;
    }

    /// Outputs of a thread along a line; `Strip` in the kernel.
    int strip() {
      return 32 / width;
    }
  }

  /// How the lines of dy are dealt out to the weight gradient's first stage: from the shape alone.
  private record Slabs(int count, int lines) {
    static Slabs of(ConvProblem problem) {
      var channels = Channels.of(problem);
      long lines = (long) problem.y().n() * problem.y().h();
      long strips = lines * GemmVariant.tiles(problem.y().w(), channels.strip());
      long most = strips / ((long) channels.threads() * FEWEST_STRIPS);
      long wanted = MANY_BLOCKS / ((long) problem.w().at(1) * channels.blocks());
      long perSlab = GemmVariant.tiles(lines, Math.max(1, Math.min(wanted, most)));
      return new Slabs((int) GemmVariant.tiles(lines, perSlab), Math.toIntExact(perSlab));
    }
  }

  static Variant choose(Site site, Product product, ConvProblem problem) {
    return site.options().fast()
        ? Stream.of(Variant.values())
            .filter(variant -> can(product, problem, variant))
            .findFirst()
            .orElseThrow()
        : Variant.PLAIN;
  }

  static boolean can(Product product, ConvProblem problem, Variant variant) {
    var channels = Channels.of(problem);
    boolean packs =
        problem.outChannels() == 1
            && problem.x().c() % channels.width() == 0
            && channels.weightBytes(problem.taps()) <= MOST_SHARED_BYTES;
    var g = problem.geometry();
    int kw = problem.w().at(2);
    boolean strips = packs && g.dilationW() == 1 && (kw == 3 || kw == 5 || kw == 7);
    return switch (variant) {
      case ROWS ->
          strips
              && (product == Product.CONV_INPUT_GRAD ? isConvolution(problem) : g.strideW() <= 2);
      case VECTOR -> packs && product != Product.CONV_WEIGHT_GRAD;
      case PLAIN -> true;
    };
  }

  /// Whether the input gradient is a convolution itself, of dy with the taps turned round.
  private static boolean isConvolution(ConvProblem problem) {
    return problem.classes() == 1 && (!problem.circular() || problem.ring());
  }

  static List<Work> forward(
      Site site, ConvProblem problem, GemmEpilogue epilogue, Variant variant) {
    var arguments = arguments(site, site.out().address(), epilogue);
    return List.of(each(site, Product.CONV_FORWARD, problem, variant, pack(arguments, problem)));
  }

  static List<Work> inputGrad(Site site, ConvProblem problem, Variant variant) {
    var arguments = arguments(site, site.out().address(), GemmEpilogue.NONE);
    return List.of(
        each(
            site,
            Product.CONV_INPUT_GRAD,
            problem,
            variant,
            variant == Variant.ROWS ? packTurned(arguments, problem) : pack(arguments, problem)));
  }

  /// Sums of each slab of lines, then their sum, in order.
  static List<Work> weightGrad(Site site, ConvProblem problem, Variant variant) {
    var arguments = pack(arguments(site, site.scratch(), GemmEpilogue.NONE), problem);
    var channels = Channels.of(problem);
    var slabs = Slabs.of(problem);
    var suffix = site.in(0).suffix();
    long size = site.out().size();
    var partial =
        variant == Variant.ROWS
            ? site.grid(
                MODULE,
                "depthwise_weight_grad" + rows(problem, problem.geometry().strideW()) + suffix,
                problem.w().at(1),
                channels.blocks(),
                slabs.count(),
                THREADS,
                THREADS * channels.width() * 4,
                arguments)
            : site.flat(MODULE, "depthwise_weight_grad_" + suffix, slabs.count() * size, arguments);
    var sum =
        new Arguments()
            .pointer(site.scratch())
            .pointer(site.out().address())
            .i32(slabs.count())
            .i32(problem.taps())
            .i32(problem.y().c());
    return List.of(partial, site.flat(MODULE, "depthwise_slabs_" + suffix, size, sum));
  }

  static long scratchBytes(ConvProblem problem) {
    return Slabs.of(problem).count() * problem.w().size() * 4;
  }

  // ---- the parts of a launch
  // ----------------------------------------------------------------------

  /// A launch whose threads share the result out among them.
  private static Launch each(
      Site site, Product product, ConvProblem problem, Variant variant, Arguments arguments) {
    boolean forward = product == Product.CONV_FORWARD;
    var result = forward ? problem.y() : problem.x();
    var suffix = site.in(0).suffix();
    var channels = Channels.of(problem);
    var name = forward ? "depthwise_forward" : "depthwise_input_grad";
    long lines = (long) result.n() * result.h();
    return switch (variant) {
      case ROWS ->
          walking(
              site,
              "depthwise_forward"
                  + rows(problem, forward ? problem.geometry().strideW() : 1)
                  + suffix,
              lines * GemmVariant.tiles(result.w(), channels.strip()),
              channels,
              problem,
              arguments);
      case VECTOR ->
          walking(site, name + "_v_" + suffix, lines * result.w(), channels, problem, arguments);
      case PLAIN -> site.flat(MODULE, name + "_" + suffix, result.size(), arguments);
    };
  }

  private static Launch walking(
      Site site,
      String kernel,
      long items,
      Channels channels,
      ConvProblem problem,
      Arguments arguments) {
    long blocks = GemmVariant.tiles(items, channels.threads());
    return site.grid(
        MODULE,
        kernel,
        Math.min(blocks, Math.max(1, MANY_BLOCKS / channels.blocks())),
        channels.blocks(),
        1,
        THREADS,
        channels.weightBytes(problem.taps()),
        arguments);
  }

  private static String rows(ConvProblem problem, int stride) {
    return "_rows" + problem.w().at(2) + "_" + stride + "_";
  }

  /// The fields of `struct DepthwiseParams` up to `relu`.
  private static Arguments arguments(Site site, long result, GemmEpilogue epilogue) {
    var map = site.in(0);
    var factor = site.in(1, map.dtype());
    site.out(map.dtype());
    return new Arguments()
        .pointer(map.address())
        .pointer(factor.address())
        .pointer(result)
        .pointer(epilogue.bias())
        .pointer(epilogue.residual())
        .i32(epilogue.relu() ? 1 : 0);
  }

  /// The rest of `struct DepthwiseParams`.
  private static Arguments pack(Arguments arguments, ConvProblem problem) {
    var g = problem.geometry();
    extents(arguments, problem.x(), problem.y());
    arguments.i32(problem.w().at(1)).i32(problem.w().at(2));
    arguments.i32(g.strideH()).i32(g.strideW()).i32(g.dilationH()).i32(g.dilationW());
    return rest(arguments.i32(g.top()).i32(g.left()), problem, 0);
  }

  /// The same for the input gradient as a convolution of dy: what was after is before.
  private static Arguments packTurned(Arguments arguments, ConvProblem problem) {
    var g = problem.geometry();
    int kh = problem.w().at(1);
    int kw = problem.w().at(2);
    extents(arguments, problem.y(), problem.x());
    arguments.i32(kh).i32(kw).i32(1).i32(1).i32(g.dilationH()).i32(g.dilationW());
    arguments.i32((kh - 1) * g.dilationH() - g.top()).i32((kw - 1) * g.dilationW() - g.left());
    return rest(arguments, problem, 1);
  }

  private static void extents(Arguments arguments, Shape from, Shape to) {
    arguments.i32(from.n()).i32(from.h()).i32(from.w()).i32(from.c());
    arguments.i32(to.h()).i32(to.w()).i32(to.c());
  }

  private static Arguments rest(Arguments arguments, ConvProblem problem, int flip) {
    return arguments
        .i32(problem.circular() ? 1 : 0)
        .i32(problem.outChannels())
        .i32(Channels.of(problem).packs())
        .i32(flip)
        .i32(Slabs.of(problem).lines());
  }
}
