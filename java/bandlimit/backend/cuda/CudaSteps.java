package bandlimit.backend.cuda;

import bandlimit.graph.op.AdamWStep;
import bandlimit.graph.op.Add;
import bandlimit.graph.op.ArgmaxOneHot;
import bandlimit.graph.op.Cast;
import bandlimit.graph.op.ChannelGradSums;
import bandlimit.graph.op.ClipFactor;
import bandlimit.graph.op.Concat;
import bandlimit.graph.op.Constant;
import bandlimit.graph.op.Conv2d;
import bandlimit.graph.op.Conv2dInputGrad;
import bandlimit.graph.op.Conv2dWeightGrad;
import bandlimit.graph.op.ConvBiasRelu;
import bandlimit.graph.op.ConvMoments;
import bandlimit.graph.op.ConvNormalizeRelu;
import bandlimit.graph.op.Dropout;
import bandlimit.graph.op.Expand;
import bandlimit.graph.op.FilteredPolynomial;
import bandlimit.graph.op.FilteredPolynomialBackward;
import bandlimit.graph.op.Fold;
import bandlimit.graph.op.FoldedResample;
import bandlimit.graph.op.GuardedUpdate;
import bandlimit.graph.op.IdealResample;
import bandlimit.graph.op.Input;
import bandlimit.graph.op.Lerp;
import bandlimit.graph.op.LogSoftmax;
import bandlimit.graph.op.MatMul;
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
import bandlimit.graph.op.OneHot;
import bandlimit.graph.op.Op;
import bandlimit.graph.op.Pad;
import bandlimit.graph.op.PaddedResample;
import bandlimit.graph.op.Part;
import bandlimit.graph.op.Permute;
import bandlimit.graph.op.Pointwise;
import bandlimit.graph.op.PointwiseGrad;
import bandlimit.graph.op.Polynomial;
import bandlimit.graph.op.PolynomialBackward;
import bandlimit.graph.op.PolynomialCoefficientGrad;
import bandlimit.graph.op.PolynomialGrad;
import bandlimit.graph.op.PrepareImages;
import bandlimit.graph.op.Reduce;
import bandlimit.graph.op.Resample;
import bandlimit.graph.op.Reshape;
import bandlimit.graph.op.Scale;
import bandlimit.graph.op.ScaledPolynomial;
import bandlimit.graph.op.Select;
import bandlimit.graph.op.SgdMomentum;
import bandlimit.graph.op.SgdStep;
import bandlimit.graph.op.Slice;
import bandlimit.graph.op.Softmax;
import bandlimit.graph.op.SoftmaxCrossEntropy;
import bandlimit.graph.op.SoftmaxCrossEntropyGrad;
import bandlimit.graph.op.SquaredNorm;
import bandlimit.graph.op.State;
import bandlimit.plan.Slot;
import bandlimit.plan.Step;
import bandlimit.tensor.TensorType;
import java.util.List;
import java.util.Optional;
import java.util.function.ToLongFunction;

/// The routing table of this machine: one line for each op.
final class CudaSteps {
  private final Device device;
  private final CudaOptions options;
  private final ToLongFunction<Slot> addresses;

  CudaSteps(Device device, CudaOptions options, ToLongFunction<Slot> addresses) {
    this.device = device;
    this.options = options;
    this.addresses = addresses;
  }

  List<Work> prepare(Step step) {
    var site = new Site(device, options, step, addresses);
    var byLibrary = device.libraries().run(site);
    if (!byLibrary.isEmpty()) {
      return byLibrary;
    }
    return switch (step.op()) {
      case Input _, State _, Constant _, Reshape _, Part _, GuardedUpdate _, ConvNormalizeRelu _ ->
          throw noStep(step);
      case Conv2d op -> ConvCuda.forward(site, op);
      case ConvBiasRelu op -> ConvCuda.biasRelu(site, op);
      case ConvMoments op -> ConvCuda.moments(site, op);
      case Conv2dInputGrad op -> ConvCuda.inputGrad(site, op);
      case Conv2dWeightGrad op -> ConvCuda.weightGrad(site, op);
      case MatMul op -> MatMulCuda.run(site, op);
      case Pad op -> LayoutCuda.pad(site, op);
      case Fold op -> LayoutCuda.fold(site, op);
      case Permute op -> LayoutCuda.permute(site, op);
      case Slice op -> LayoutCuda.slice(site, op);
      case Concat op -> LayoutCuda.concat(site, op);
      case Pointwise op -> PointwiseCuda.run(site, op);
      case PointwiseGrad op -> PointwiseCuda.grad(site, op);
      case Add _ -> ArithmeticCuda.add(site);
      case Mul _ -> ArithmeticCuda.mul(site);
      case Scale op -> ArithmeticCuda.scale(site, op);
      case Expand op -> ArithmeticCuda.expand(site, op);
      case Cast op -> ArithmeticCuda.cast(site, op);
      case Dropout op -> PointwiseCuda.dropout(site, op);
      case Polynomial op -> PolynomialCuda.run(site, op);
      case PolynomialGrad op -> PolynomialCuda.grad(site, op);
      case ScaledPolynomial op -> PolynomialCuda.scaled(site, op);
      case PolynomialBackward op -> PolynomialCuda.backward(site, op);
      case PolynomialCoefficientGrad op -> PolynomialCuda.coefficientGrad(site, op);
      case Reduce op -> ReduceCuda.reduce(site, op);
      case SquaredNorm op -> ReduceCuda.squaredNorm(site, op);
      case MaxPool op -> PoolCuda.run(site, op);
      case MaxPoolGrad op -> PoolCuda.grad(site, op);
      case Moments op -> NormalizeCuda.moments(site, op);
      case Normalize op -> NormalizeCuda.run(site, op);
      case NormalizeRelu op -> NormalizeCuda.relu(site, op);
      case NormalizeReluBackward op -> NormalizeGradCuda.reluBackward(site, op);
      case ChannelGradSums op -> NormalizeGradCuda.sums(site, op);
      case NormalizeGrad op -> NormalizeGradCuda.grad(site, op);
      case Softmax op -> LossCuda.softmax(site, op);
      case LogSoftmax op -> LossCuda.logSoftmax(site, op);
      case SoftmaxCrossEntropy op -> LossCuda.crossEntropy(site, op);
      case SoftmaxCrossEntropyGrad op -> LossCuda.crossEntropyGrad(site, op);
      case OneHot op -> LossCuda.oneHot(site, op);
      case ArgmaxOneHot op -> LossCuda.argmax(site, op);
      case PrepareImages op -> ImagesCuda.prepare(site, op);
      case Select _ -> UpdateCuda.select(site).launch(site);
      case Lerp _ -> UpdateCuda.lerp(site).launch(site);
      case ClipFactor op -> UpdateCuda.clipFactor(site, op);
      case SgdMomentum op -> UpdateCuda.momentum(site, op).launch(site);
      case SgdStep op -> UpdateCuda.sgd(site, op).launch(site);
      case AdamWStep op -> UpdateCuda.adamW(site, op).launch(site);
      case Resample op -> ResampleCuda.run(site, op);
      case IdealResample op -> IdealCuda.run(site, op);
      case FilteredPolynomial op -> FilteredPolynomialCuda.run(site, op);
      case FilteredPolynomialBackward op -> FilteredPolynomialCuda.run(site, op);
      case PaddedResample op -> ResampleCuda.padded(site, op);
      case FoldedResample op -> ResampleFoldCuda.run(site, op);
      case MaxPoolResample op -> PoolResampleCuda.run(site, op);
      case NormalizeReluResample op -> NormActResampleCuda.run(site, op);
    };
  }

  /// What an elementwise step is, for those that may run together with their like.
  Optional<Elementwise> elementwise(Step step) {
    var site = new Site(device, options, step, addresses);
    Optional<Elementwise> found =
        switch (step.op()) {
          case Pointwise op -> Optional.of(PointwiseCuda.elementwise(site, op));
          case Add _ -> ArithmeticCuda.elementwise(site, "add");
          case Mul _ -> ArithmeticCuda.elementwise(site, "mul");
          case Scale op -> Optional.of(ArithmeticCuda.elementwise(site, op));
          case Cast op -> Optional.of(ArithmeticCuda.elementwise(site, op));
          case Select _ -> Optional.of(UpdateCuda.select(site));
          case Lerp _ -> Optional.of(UpdateCuda.lerp(site));
          case SgdMomentum op -> Optional.of(UpdateCuda.momentum(site, op));
          case SgdStep op -> Optional.of(UpdateCuda.sgd(site, op));
          case AdamWStep op -> Optional.of(UpdateCuda.adamW(site, op));
          default -> Optional.empty();
        };
    return found.filter(Elementwise::groups).filter(Elementwise::isAligned);
  }

  /// Bytes that the family of `op` asks for beside its operands; the same question as
  /// `Site.scratch()` answers.
  static long scratchBytes(CudaOptions options, Op op, List<TensorType> in, TensorType out) {
    return switch (op) {
      case IdealResample ideal -> IdealCuda.scratchBytes(ideal, in.getFirst());
      case FilteredPolynomialBackward backward -> FilteredPolynomialCuda.scratchBytes(backward, in);
      case Reduce _ -> ReduceCuda.scratchBytes(options, in.getFirst(), out);
      case SquaredNorm _ -> ReduceCuda.normScratchBytes(in);
      case ConvMoments conv -> ConvCuda.scratchBytes(conv, in);
      case Conv2dWeightGrad conv -> ConvCuda.scratchBytes(conv, in);
      case MatMul product -> MatMulCuda.scratchBytes(product, in, out);
      case PolynomialCoefficientGrad grad ->
          PolynomialCuda.scratchBytes(options, grad.degree(), in.getFirst());
      case PolynomialBackward backward ->
          PolynomialCuda.scratchBytes(options, backward.degree(), in.getFirst());
      case NormalizeReluBackward backward ->
          NormalizeGradCuda.sumsScratchBytes(options, backward.normalize().over(), in.getFirst());
      case Moments moments -> NormalizeCuda.momentsScratchBytes(options, moments, in.getFirst());
      case ChannelGradSums sums ->
          NormalizeGradCuda.sumsScratchBytes(options, sums.over(), in.getFirst());
      case NormalizeGrad grad -> NormalizeGradCuda.gradScratchBytes(options, grad, in.getFirst());
      default -> 0;
    };
  }

  private static IllegalStateException noStep(Step step) {
    return new IllegalStateException(step.name() + ": " + step.op() + " is no step here");
  }
}
