package bandlimit.backend.cuda;

import bandlimit.backend.Arguments;
import bandlimit.graph.op.ChannelGradSums;
import bandlimit.graph.op.NormalizeGrad;
import bandlimit.graph.op.NormalizeReluBackward;
import bandlimit.graph.op.Over;
import bandlimit.tensor.DType;
import bandlimit.tensor.TensorType;
import java.util.ArrayList;
import java.util.List;

/// `kernels/normalize_grad.cu`: the gradients of batch, layer and group norm.
final class NormalizeGradCuda {
  private static final String MODULE = "normalize_grad";

  private NormalizeGradCuda() {}

  /// Where the operands of a gradient stand among a step's inputs; gamma and beta are 0 where the
  /// op does not take them.
  private record Inputs(long x, long statistics, long gamma, long beta, long sums, long dy) {}

  // ---- sums for each channel ----

  static List<Work> sums(Site site, ChannelGradSums op) {
    var in =
        new Inputs(
            site.in(0, DType.F32, DType.BF16).address(),
            site.in(1, DType.F32).address(),
            0,
            0,
            0,
            site.in(2, site.in(0).dtype()).address());
    return sums(site, op.over(), op.epsilon(), in, site.out(DType.F32));
  }

  private static List<Work> sums(Site site, Over over, double epsilon, Inputs in, Operand result) {
    var x = site.in(0);
    var sets = Sets.of(over, x.shape());
    var columns = sets.sums(x.pack());
    if (!site.options().fast() || !columns.fits()) {
      var arguments = sums(in, result.address(), 0, sets, sets.flat(), epsilon);
      return List.of(
          site.flat(MODULE, "channel_sums_simple_" + x.suffix(), x.shape().c(), arguments));
    }
    long partial = site.scratch();
    var arguments = sums(in, result.address(), partial, sets, columns, epsilon);
    String variant = in.beta != 0 ? "relu_" : sets.ofPixels() ? "pixels_" : "columns_";
    String kernel = "channel_sums_" + variant + (columns.packed() ? "" : "any_") + x.suffix();
    long slabs = columns.units() * columns.slabs();
    return List.of(
        columns.launch(site, MODULE, kernel, arguments),
        ReduceCuda.finishColumns(site, partial, result, slabs, 2 * x.shape().c()));
  }

  static long sumsScratchBytes(CudaOptions options, Over over, TensorType x) {
    var columns = Sets.of(over, x.shape()).sums(new Operand(x, 0).pack());
    return options.fast() && columns.fits() ? columns.partialBytes(2) : 0;
  }

  /// `struct ChannelSumsParams`.
  private static Arguments sums(
      Inputs in, long sums, long partial, Sets sets, Columns columns, double epsilon) {
    var arguments =
        new Arguments()
            .pointer(in.x)
            .pointer(in.statistics)
            .pointer(in.beta == 0 ? 0 : in.gamma)
            .pointer(in.beta)
            .pointer(in.dy)
            .pointer(sums)
            .pointer(partial);
    sets.struct(arguments);
    return columns.struct(arguments).f32(epsilon);
  }

  // ---- both, behind a ReLU ----

  static List<Work> reluBackward(Site site, NormalizeReluBackward op) {
    var normalize = op.normalize();
    var sums = site.part(1);
    var in =
        new Inputs(
            site.in(0, DType.F32, DType.BF16).address(),
            site.in(1, DType.F32).address(),
            site.in(2, DType.F32).address(),
            site.in(3, DType.F32).address(),
            sums.address(),
            site.in(4, site.in(0).dtype()).address());
    var grad = new NormalizeGrad(normalize.over(), normalize.epsilon(), normalize.live());
    var work = new ArrayList<>(sums(site, normalize.over(), normalize.epsilon(), in, sums));
    work.addAll(grad(site, grad, in));
    return work;
  }

  // ---- the input's gradient ----

  static List<Work> grad(Site site, NormalizeGrad op) {
    var in =
        new Inputs(
            site.in(0, DType.F32, DType.BF16).address(),
            site.in(1, DType.F32).address(),
            site.in(2, DType.F32).address(),
            0,
            site.in(3, DType.F32).address(),
            site.in(4, site.in(0).dtype()).address());
    return grad(site, op, in);
  }

  private static List<Work> grad(Site site, NormalizeGrad op, Inputs in) {
    var x = site.in(0);
    var sets = Sets.of(op.over(), x.shape());
    var columns = sets.elements(x.pack());
    boolean meansNeeded = needsMeans(op);
    boolean fast = site.options().fast();
    var work = new ArrayList<Work>();
    if (fast && sets.ofPixels() && op.live()) {
      boolean packed = x.shape().c() % x.pack() == 0;
      String kernel = "normalize_grad_pixels_" + (packed ? "" : "any_") + x.suffix();
      var arguments = grad(site, op, in, 0, sets, sets.flat());
      work.add(site.flat(MODULE, kernel, sets.sets() * 32, arguments));
    } else if (fast && !sets.ofPixels() && columns.fits()) {
      long means = 0;
      if (meansNeeded) {
        means = site.scratch();
        work.addAll(setMeans(site, op, in, sets, means));
      }
      String variant = in.beta != 0 ? "relu_" : "columns_";
      String kernel = "normalize_grad_" + variant + (columns.packed() ? "" : "any_") + x.suffix();
      work.add(columns.launch(site, MODULE, kernel, grad(site, op, in, means, sets, columns)));
    } else {
      long means = 0;
      if (meansNeeded) {
        means = site.scratch();
        work.add(simpleSetMeans(site, op, in, sets, means));
      }
      var arguments = grad(site, op, in, means, sets, sets.flat());
      work.add(site.flat(MODULE, "normalize_grad_simple_" + x.suffix(), x.size(), arguments));
    }
    return work;
  }

  /// Whether the means of g and g h are not in `sums`: those are over the batch.
  private static boolean needsMeans(NormalizeGrad op) {
    return op.live() && op.over().kind() != Over.Kind.BATCH;
  }

  static long gradScratchBytes(CudaOptions options, NormalizeGrad op, TensorType x) {
    var sets = Sets.of(op.over(), x.shape());
    if (!needsMeans(op) || (options.fast() && sets.ofPixels())) {
      return 0;
    }
    return meansBytes(sets) + sets.sums(new Operand(x, 0).pack()).partialBytes(2);
  }

  /// (2, sets) f32; what follows stays aligned for 16-byte access.
  private static long meansBytes(Sets sets) {
    return Math.ceilDiv(sets.sets() * 8, 64) * 64;
  }

  private static List<Work> setMeans(
      Site site, NormalizeGrad op, Inputs in, Sets sets, long means) {
    var x = site.in(0);
    var columns = sets.sums(x.pack());
    long partial = means + meansBytes(sets);
    String kernel = "channel_sums_columns_" + (columns.packed() ? "" : "any_") + x.suffix();
    var arguments = sums(in, 0, partial, sets, columns, op.epsilon());
    var finish = new Arguments().pointer(partial).pointer(in.gamma).pointer(means);
    sets.struct(finish).i32(columns.slabs());
    return List.of(
        columns.launch(site, MODULE, kernel, arguments),
        site.grid(MODULE, "set_means_finish", sets.sets(), 1, 1, 256, 0, finish));
  }

  /// `struct SetMeansParams`.
  private static Launch simpleSetMeans(
      Site site, NormalizeGrad op, Inputs in, Sets sets, long means) {
    var arguments =
        new Arguments()
            .pointer(in.x)
            .pointer(in.statistics)
            .pointer(in.gamma)
            .pointer(in.dy)
            .pointer(means);
    sets.struct(arguments).f32(op.epsilon());
    String kernel = "set_means_simple_" + site.in(0).suffix();
    return site.flat(MODULE, kernel, sets.sets(), arguments);
  }

  /// `struct NormalizeGradParams`.
  private static Arguments grad(
      Site site, NormalizeGrad op, Inputs in, long means, Sets sets, Columns columns) {
    var arguments =
        new Arguments()
            .pointer(in.x)
            .pointer(in.statistics)
            .pointer(in.gamma)
            .pointer(in.beta)
            .pointer(in.sums)
            .pointer(means)
            .pointer(in.dy)
            .pointer(site.out(site.in(0).dtype()).address());
    sets.struct(arguments);
    return columns.struct(arguments).f32(op.epsilon()).i32(op.live() ? 1 : 0);
  }
}
