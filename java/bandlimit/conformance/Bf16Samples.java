package bandlimit.conformance;

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
import bandlimit.tensor.DType;
import bandlimit.tensor.TensorType;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// The rows for machines that keep activations in bf16: those of the table with their activations
/// as bf16 numbers, which the reference starts from too.
///
/// Statistics, parameters of channels and everything of losses and updates stay float32.
final class Bf16Samples {
  private Bf16Samples() {}

  static List<Sample> rows() {
    return Stream.of(
            Samples.all().stream().flatMap(row -> of(row).stream()),
            casts(),
            ImageSamples.rows(DType.BF16).stream())
        .flatMap(rows -> rows)
        .toList();
  }

  /// The row in bf16; empty where nothing in it is an activation.
  static Optional<Sample> of(Sample row) {
    var types = new ArrayList<>(row.in());
    activations(row).stream()
        .filter(i -> types.get(i).dtype() == DType.F32)
        .forEach(i -> types.set(i, types.get(i).withDType(DType.BF16)));
    return types.equals(row.in()) ? Optional.empty() : Optional.of(row.withTypes(types));
  }

  /// Which inputs of the row are activations, or weights of their type. No default: a new op has to
  /// say it.
  private static List<Integer> activations(Sample row) {
    return switch (row.op()) {
      case Conv2d _,
          Conv2dInputGrad _,
          Conv2dWeightGrad _,
          ConvMoments _,
          ConvBiasRelu _,
          MatMul _,
          Pad _,
          Fold _,
          Resample _,
          PaddedResample _,
          FoldedResample _,
          MaxPoolResample _,
          Pointwise _,
          PointwiseGrad _,
          PolynomialCoefficientGrad _,
          Add _,
          Mul _,
          Scale _,
          MaxPool _,
          MaxPoolGrad _,
          Moments _,
          Reduce _,
          Expand _,
          Reshape _,
          Permute _,
          Slice _,
          Concat _,
          Cast _,
          Dropout _ ->
          IntStream.range(0, row.in().size()).boxed().toList();
      case Polynomial _, ScaledPolynomial _ -> List.of(0);
      case PolynomialGrad _, PolynomialBackward _ -> List.of(0, 2);
      case NormalizeReluBackward _ -> List.of(0, 4);
      case Normalize _, NormalizeReluResample _, IdealResample _, FilteredPolynomial _ ->
          List.of(0);
      case FilteredPolynomialBackward _ -> List.of(0, 6);
      case ConvNormalizeRelu fused -> fused.residual() ? List.of(0, 1, 5) : List.of(0, 1);
      case ChannelGradSums _ -> List.of(0, 2);
      case NormalizeGrad _ -> List.of(0, 3); // the rows make `sums` themselves
      case NormalizeRelu op -> op.residual() ? List.of(0, 4) : List.of(0);
      case Input _,
          State _,
          Constant _,
          Part _,
          Select _,
          Softmax _,
          LogSoftmax _,
          SoftmaxCrossEntropy _,
          SoftmaxCrossEntropyGrad _,
          OneHot _,
          ArgmaxOneHot _,
          PrepareImages _,
          Lerp _,
          SquaredNorm _,
          ClipFactor _,
          SgdMomentum _,
          SgdStep _,
          AdamWStep _,
          GuardedUpdate _ ->
          List.of();
    };
  }

  /// Rounding itself: to nearest, ties to even, and what must survive it.
  private static Stream<Sample> casts() {
    var to = new Cast(DType.BF16);
    return Stream.of(
        Sample.of(to).in(3, 7, 31),
        Sample.of(to).in(1),
        Sample.of(to)
            .in(
                TensorType.f32(9),
                Values.of(
                    1 + 0x1p-8, // half-way, down to even
                    1 + 0x3p-8, // half-way, up to even
                    1 + 0x1p-8 + 0x1p-20,
                    -1 - 0x1p-8,
                    1e-40,
                    -0.0,
                    Double.NaN,
                    Double.POSITIVE_INFINITY,
                    Double.NEGATIVE_INFINITY))
            .note("edges"),
        Sample.of(new Constant(TensorType.of(DType.BF16, 3), List.of(0.5, -1.0, 1.0 / 3)))
            .note("bf16"));
  }
}
