package bandlimit.backend.cpu;

import bandlimit.graph.op.Add;
import bandlimit.graph.op.ChannelGradSums;
import bandlimit.graph.op.Conv2d;
import bandlimit.graph.op.Conv2dInputGrad;
import bandlimit.graph.op.Conv2dWeightGrad;
import bandlimit.graph.op.ConvBiasRelu;
import bandlimit.graph.op.ConvNormalizeRelu;
import bandlimit.graph.op.Expand;
import bandlimit.graph.op.FilteredPolynomial;
import bandlimit.graph.op.FilteredPolynomialBackward;
import bandlimit.graph.op.Fn;
import bandlimit.graph.op.FoldedResample;
import bandlimit.graph.op.FusedOp;
import bandlimit.graph.op.GuardedAdamW;
import bandlimit.graph.op.GuardedSgd;
import bandlimit.graph.op.GuardedUpdate;
import bandlimit.graph.op.IdealResample;
import bandlimit.graph.op.Lerp;
import bandlimit.graph.op.MaxPool;
import bandlimit.graph.op.MaxPoolGrad;
import bandlimit.graph.op.MaxPoolResample;
import bandlimit.graph.op.Moments;
import bandlimit.graph.op.Mul;
import bandlimit.graph.op.Normalize;
import bandlimit.graph.op.NormalizeGrad;
import bandlimit.graph.op.NormalizeRelu;
import bandlimit.graph.op.NormalizeReluBackward;
import bandlimit.graph.op.NormalizeReluResample;
import bandlimit.graph.op.Op;
import bandlimit.graph.op.Over;
import bandlimit.graph.op.PaddedResample;
import bandlimit.graph.op.Pointwise;
import bandlimit.graph.op.PointwiseGrad;
import bandlimit.graph.op.Polynomial;
import bandlimit.graph.op.PolynomialBackward;
import bandlimit.graph.op.PolynomialCoefficientGrad;
import bandlimit.graph.op.PolynomialGrad;
import bandlimit.graph.op.Reduce;
import bandlimit.graph.op.Resample;
import bandlimit.graph.op.Scale;
import bandlimit.graph.op.ScaledPolynomial;
import bandlimit.graph.op.SquaredNorm;
import bandlimit.plan.Step;
import bandlimit.tensor.TensorType;
import java.util.List;
import java.util.Optional;

/// Which ops have a kernel in `native/cpu`: one line for each; what has none runs in Java.
final class NativeSteps {
  private NativeSteps() {}

  /// Whether there is a kernel for this fused op.
  static boolean has(FusedOp op) {
    return switch (op) {
      case NormalizeRelu(Normalize normalize, _) -> normalize.over().kind() == Over.Kind.BATCH;
      case NormalizeReluBackward(Normalize normalize) -> normalize.over().kind() == Over.Kind.BATCH;
      case GuardedUpdate _, ScaledPolynomial _, PolynomialBackward _ -> true;
      case PaddedResample _, FoldedResample _, MaxPoolResample _ -> true;
      case FilteredPolynomial(IdealResample up, int degree, IdealResample down) ->
          FilteredPolynomialNative.has(up, down, degree);
      case FilteredPolynomialBackward(IdealResample up, int degree, IdealResample down, _) ->
          FilteredPolynomialNative.has(up, down, degree);
      case NormalizeReluResample(Normalize normalize, _) ->
          normalize.over().kind() == Over.Kind.BATCH;
      default -> false;
    };
  }

  /// Bytes of scratch memory that the kernel for this op wants; empty where there is no kernel.
  static Optional<Long> scratchBytes(
      CpuLibrary library, Op op, List<TensorType> in, TensorType out) {
    return switch (op) {
      case ConvBiasRelu _, ConvNormalizeRelu _ ->
          WinogradNative.scratchBytes(library.width(), op, in, out.shape())
              .or(() -> DirectNative.scratchBytes(library.width(), op, in, out.shape()));
      case FilteredPolynomialBackward fused ->
          Optional.of(FilteredPolynomialNative.scratchBytes(fused.degree(), in));
      case Conv2d _, Conv2dInputGrad _, Conv2dWeightGrad _ ->
          DepthwiseNative.scratchBytes(op, in, out)
              .or(() -> WinogradNative.scratchBytes(library.width(), op, in, out.shape()))
              .or(() -> DirectNative.scratchBytes(library.width(), op, in, out.shape()));
      case Reduce reduce -> StretchNative.scratchBytes(reduce, in);
      default ->
          NormalizeNative.scratchBytes(op, in).or(() -> PolynomialNative.scratchBytes(op, in));
    };
  }

  /// The step's kernel, if there is one for its op and shapes.
  static Optional<Kernel> prepare(Step step, NativeSite site) {
    return switch (step.op()) {
      case ConvBiasRelu _, ConvNormalizeRelu _ ->
          WinogradNative.prepare(site).or(() -> DirectNative.prepare(site));
      case Conv2d _, Conv2dInputGrad _, Conv2dWeightGrad _ ->
          DepthwiseNative.prepare(site)
              .or(() -> WinogradNative.prepare(site))
              .or(() -> DirectNative.prepare(site));
      case Pointwise(Fn fn) -> PointwiseNative.forward(site, fn);
      case PointwiseGrad(Fn fn) -> PointwiseNative.gradient(site, fn);
      case Add _ -> PointwiseNative.add(site);
      case Mul _ -> PointwiseNative.mul(site);
      case Expand op -> StretchNative.expand(site, op);
      case Reduce op -> StretchNative.sums(site, op);
      case Scale op -> PointwiseNative.scale(site, op);
      case Lerp _ -> PointwiseNative.lerp(site);
      case SquaredNorm _ -> UpdateNative.squaredNorm(site);
      case GuardedSgd op -> UpdateNative.sgd(site, op);
      case GuardedAdamW op -> UpdateNative.adamW(site, op);
      case Moments op -> NormalizeNative.moments(site, op);
      case Normalize op -> NormalizeNative.forward(site, op);
      case NormalizeRelu op -> NormalizeNative.forward(site, op);
      case ChannelGradSums op -> NormalizeNative.sums(site, op);
      case NormalizeGrad op -> NormalizeNative.grad(site, op);
      case NormalizeReluBackward op -> NormalizeNative.reluBackward(site, op);
      case Polynomial op -> PolynomialNative.forward(site, op);
      case ScaledPolynomial op -> PolynomialNative.forward(site, op);
      case PolynomialGrad op -> PolynomialNative.grad(site, op);
      case PolynomialCoefficientGrad op -> PolynomialNative.coefficientGrad(site, op);
      case PolynomialBackward op -> PolynomialNative.backward(site, op);
      case MaxPool op -> Optional.of(MaxPoolNative.run(site, op));
      case MaxPoolGrad op -> Optional.of(MaxPoolNative.grad(site, op.pool()));
      case MaxPoolResample op -> Optional.of(MaxPoolNative.blurred(site, op));
      case NormalizeReluResample op -> Optional.of(LowPassNative.normalized(site, op));
      case IdealResample op -> IdealNative.prepare(site, op);
      case FilteredPolynomial op -> FilteredPolynomialNative.forward(site, op);
      case FilteredPolynomialBackward op -> FilteredPolynomialNative.backward(site, op);
      case Resample op -> Optional.of(LowPassNative.resample(site, op));
      case PaddedResample op -> Optional.of(LowPassNative.padded(site, op));
      case FoldedResample op -> Optional.of(LowPassNative.folded(site, op));
      default -> Optional.empty();
    };
  }
}
