package bandlimit.backend.cpu;

import bandlimit.error.DeviceException;
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
import bandlimit.graph.op.ConvGeometry;
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
import bandlimit.tensor.DType;
import bandlimit.tensor.Shape;
import bandlimit.tensor.TensorType;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// The routing table of this machine: one line for each op.
final class Steps {
  private final OneDnn.Session session;
  private final Pool pool;
  private final Memory memory;
  private final Optional<CpuLibrary> library;
  private final LaneScratch lanes;

  Steps(
      OneDnn.Session session,
      Pool pool,
      Memory memory,
      Optional<CpuLibrary> library,
      LaneScratch lanes) {
    this.session = session;
    this.pool = pool;
    this.memory = memory;
    this.library = library;
    this.lanes = lanes;
  }

  /// By a kernel of `native/cpu` if there is one, or else in Java.
  Kernel prepare(Step step) {
    requireF32(step);
    return library
        .map(l -> new NativeSite(step, l, pool, memory, lanes, new ArrayList<>()))
        .flatMap(site -> NativeSteps.prepare(step, site))
        .orElseGet(() -> inJava(step));
  }

  /// What runs the step: kernels of `native/cpu`, oneDNN's implementation, or a loop in Java.
  List<String> kernels(Step step) {
    var names = new ArrayList<String>();
    if (library.isPresent()
        && NativeSteps.prepare(
                step, new NativeSite(step, library.get(), pool, memory, lanes, names))
            .isPresent()) {
      return names;
    }
    if (step.op() instanceof MatMul) {
      return List.of("oneDNN");
    }
    var types = step.in().stream().map(Slot::type).toList();
    return convolution(session, step.name(), step.op(), types, step.output().type())
        .map(conv -> List.of("oneDNN:" + conv.implementation()))
        .orElse(List.of("Java"));
  }

  private Kernel inJava(Step step) {
    List<View> in = step.in().stream().map(memory::view).toList();
    View y = memory.view(step.output());
    return switch (step.op()) {
      case Input _,
          State _,
          Constant _,
          Reshape _,
          Part _,
          FilteredPolynomial _,
          FilteredPolynomialBackward _,
          ConvMoments _,
          NormalizeReluBackward _,
          PaddedResample _,
          FoldedResample _,
          MaxPoolResample _,
          NormalizeReluResample _,
          GuardedUpdate _ ->
          throw noStep(step);
      case Conv2d _, ConvBiasRelu _, ConvNormalizeRelu _, Conv2dInputGrad _, Conv2dWeightGrad _ ->
          convolution(session, step.name(), step.op(), types(in), y.type)
              .orElseThrow(() -> noStep(step))
              .prepare(step, pool, memory);
      case MatMul op -> MatMulCpu.prepare(session, step.name(), pool, op, in.get(0), in.get(1), y);
      case Pad op -> LayoutCpu.pad(pool, border(op), in.get(0), y);
      case Fold op -> LayoutCpu.fold(pool, border(op), in.get(0), y);
      case Permute op -> LayoutCpu.permute(pool, op, in.get(0), y);
      case Slice op -> LayoutCpu.slice(pool, op, in.get(0), y);
      case Concat op -> LayoutCpu.concat(pool, op, in, y);
      case Resample op -> ResampleCpu.prepare(pool, op, in.get(0), y);
      case IdealResample op -> IdealCpu.prepare(pool, op, in.get(0), in.get(1), in.get(2), y);
      case Pointwise op -> PointwiseCpu.run(pool, op.fn(), in.get(0), y);
      case PointwiseGrad op -> PointwiseCpu.grad(pool, op.fn(), in.get(0), in.get(1), y);
      case Polynomial op -> PolynomialCpu.run(pool, op, in.get(0), in.get(1), y);
      case ScaledPolynomial op -> PolynomialCpu.run(pool, op, in.get(0), in.get(1), y);
      case PolynomialBackward op ->
          PolynomialCpu.backward(pool, op, in, y, memory.view(step.out().get(1)));
      case PolynomialGrad op -> PolynomialCpu.grad(pool, op, in.get(0), in.get(1), in.get(2), y);
      case PolynomialCoefficientGrad op ->
          PolynomialCpu.coefficientGrad(pool, op, in.get(0), in.get(1), y);
      case Add _ -> BinaryCpu.add(pool, in.get(0), in.get(1), y);
      case Mul _ -> BinaryCpu.mul(pool, in.get(0), in.get(1), y);
      case Scale op -> BinaryCpu.scale(pool, op.factor(), in.get(0), y);
      case Expand op -> BinaryCpu.expand(pool, op.factor(), in.get(0), y);
      case Cast _ -> BinaryCpu.cast(pool, in.get(0), y);
      case Reduce op -> ReduceCpu.reduce(pool, op, in.get(0), y);
      case SquaredNorm _ -> ReduceCpu.squaredNorm(pool, in, y);
      case MaxPool op -> PoolingCpu.run(pool, op, in.get(0), y);
      case MaxPoolGrad op -> PoolingCpu.grad(pool, op.pool(), in.get(0), in.get(1), y);
      case Moments op -> NormalizeCpu.moments(pool, op, in.get(0), y);
      case Normalize op -> NormalizeCpu.run(pool, op, in, Optional.empty(), false, y);
      case NormalizeRelu(Normalize op, boolean residual) ->
          NormalizeCpu.run(
              pool, op, in, residual ? Optional.of(in.get(4)) : Optional.empty(), true, y);
      case ChannelGradSums op -> NormalizeCpu.sums(pool, op, in, y);
      case NormalizeGrad op -> NormalizeCpu.grad(pool, op, in, y);
      case Softmax _ -> LossCpu.softmax(pool, in.get(0), y);
      case LogSoftmax _ -> LossCpu.logSoftmax(pool, in.get(0), y);
      case SoftmaxCrossEntropy _ -> LossCpu.crossEntropy(pool, in.get(0), in.get(1), y);
      case SoftmaxCrossEntropyGrad _ ->
          LossCpu.crossEntropyGrad(pool, in.get(0), in.get(1), in.get(2), y);
      case OneHot op -> LossCpu.oneHot(op, in.get(0), y);
      case ArgmaxOneHot _ -> LossCpu.argmax(pool, in.get(0), y);
      case PrepareImages op -> ImagesCpu.prepare(pool, op, in.get(0), in.get(1), y);
      case Select _ -> UpdateCpu.select(pool, in.get(0), in.get(1), in.get(2), y);
      case Dropout op -> UpdateCpu.dropout(pool, op, in.get(0), in.get(1), y);
      case Lerp _ -> UpdateCpu.lerp(pool, in.get(0), in.get(1), in.get(2), y);
      case ClipFactor op -> UpdateCpu.clipFactor(op, in.get(0), y);
      case SgdMomentum op -> UpdateCpu.momentum(pool, op, in.get(0), in.get(1), in.get(2), y);
      case SgdStep op -> UpdateCpu.sgd(pool, op, in, y);
      case AdamWStep op -> UpdateCpu.adamW(pool, op, in, y);
    };
  }

  /// The convolution that `op` is, if it is one; also asked by the planner for its scratch memory.
  static Optional<ConvCpu> convolution(
      OneDnn.Session session, String name, Op op, List<TensorType> in, TensorType out) {
    return switch (op) {
      case Conv2d(var g) ->
          Optional.of(
              new ConvCpu(
                  session, name, ConvCpu.Kind.FORWARD, g, shape(in, 0), shape(in, 1), out.shape()));
      case ConvBiasRelu fused -> Optional.of(forward(session, name, fused.geometry(), op, in, out));
      case ConvNormalizeRelu fused ->
          Optional.of(forward(session, name, fused.geometry(), op, in, out));
      case Conv2dInputGrad(var g, var x) ->
          Optional.of(
              new ConvCpu(
                  session, name, ConvCpu.Kind.INPUT_GRAD, g, x, shape(in, 1), shape(in, 0)));
      case Conv2dWeightGrad(var g, var w) ->
          Optional.of(
              new ConvCpu(
                  session, name, ConvCpu.Kind.WEIGHT_GRAD, g, shape(in, 0), w, shape(in, 1)));
      default -> Optional.empty();
    };
  }

  private static ConvCpu forward(
      OneDnn.Session session,
      String name,
      ConvGeometry geometry,
      Op op,
      List<TensorType> in,
      TensorType out) {
    return new ConvCpu(
        session,
        name,
        ConvCpu.Kind.FORWARD,
        geometry,
        shape(in, 0),
        shape(in, 1),
        out.shape(),
        ConvEpilogue.of(op));
  }

  private static Shape shape(List<TensorType> in, int i) {
    return in.get(i).shape();
  }

  private static List<TensorType> types(List<View> views) {
    return views.stream().map(view -> view.type).toList();
  }

  private static Border border(Pad op) {
    return new Border(op.mode(), op.top(), op.bottom(), op.left(), op.right());
  }

  private static Border border(Fold op) {
    return new Border(op.mode(), op.top(), op.bottom(), op.left(), op.right());
  }

  /// Other element types may be moved and cast, nothing else.
  private static void requireF32(Step step) {
    int free =
        switch (step.op()) {
          case Pad _, Permute _, Slice _, Concat _, Cast _, OneHot _, PrepareImages _ ->
              Integer.MAX_VALUE;
          case Scale op when op.factor() == 1 -> Integer.MAX_VALUE;
          case Dropout _ -> 1; // the counter
          case AdamWStep _ -> 4; // t
          case Select _ -> 1;
          default -> -1;
        };
    for (int i = 0; i < step.in().size(); i++) {
      var type = step.in().get(i).type();
      if (free != Integer.MAX_VALUE && (free < 0 || i < free) && type.dtype() != DType.F32) {
        throw new DeviceException(
            "%s: the cpu backend computes %s in f32 only, input %d is %s"
                .formatted(step.name(), step.op().getClass().getSimpleName(), i, type));
      }
    }
  }

  private static IllegalStateException noStep(Step step) {
    return new IllegalStateException(step.name() + ": " + step.op() + " is no step here");
  }
}
