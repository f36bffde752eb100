package bandlimit.plan;

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
import bandlimit.signal.IdealResampler;
import bandlimit.signal.Resampler;
import bandlimit.tensor.Shape;
import bandlimit.tensor.TensorType;
import java.util.List;

/// What one run of an op costs at least: multiply-accumulates of convolutions, products and
/// filters, and bytes read and written once. Pointwise arithmetic counts as bytes only: it is never
/// what limits.
public record Cost(long macs, long bytes) {
  public static final Cost NONE = new Cost(0, 0);

  public static Cost of(Op op, List<TensorType> in, TensorType out) {
    return new Cost(macs(op, in, out), bytes(op, in, out));
  }

  public static Cost of(Step step) {
    var cost = of(step.op(), step.in().stream().map(Slot::type).toList(), step.output().type());
    long more = step.out().stream().skip(1).mapToLong(slot -> slot.type().bytes()).sum();
    return cost.plus(new Cost(0, more));
  }

  public Cost plus(Cost other) {
    return new Cost(Math.addExact(macs, other.macs), Math.addExact(bytes, other.bytes));
  }

  private static long macs(Op op, List<TensorType> in, TensorType out) {
    return switch (op) {
      case Conv2d _ -> out.shape().size() * window(in.get(1).shape());
      case ConvMoments _, ConvBiasRelu _, ConvNormalizeRelu _ ->
          out.shape().size() * window(in.get(1).shape());
      case Conv2dInputGrad _ -> in.get(0).shape().size() * window(in.get(1).shape());
      case Conv2dWeightGrad(_, Shape w) -> in.get(1).shape().size() * window(w);
      case MatMul(boolean transposeA, _) ->
          out.shape().size() * in.get(0).shape().at(transposeA ? 0 : 1);
      case Resample(Resampler rows, Resampler cols) ->
          filter(rows, (long) out.shape().h() * in.get(0).shape().w() * depth(out))
              + filter(cols, (long) out.shape().h() * out.shape().w() * depth(out));
      case IdealResample(IdealResampler rows, IdealResampler cols) ->
          rows.in() * (long) rows.out() * cols.in() * depth(out) + cols.in() * out.shape().size();
      case FilteredPolynomial(IdealResample up, int degree, IdealResample down) -> {
        var fine = up.infer(List.of(in.get(0), in.get(2), in.get(3)));
        yield macs(up, in, fine) + macs(down, List.of(fine), out);
      }
      case FilteredPolynomialBackward(
              IdealResample up,
              int degree,
              IdealResample down,
              boolean shared) -> {
        var fine = up.infer(List.of(in.get(0), in.get(2), in.get(3)));
        yield 2 * macs(up, in, fine) + macs(down, List.of(fine), in.get(6));
      }
      case PaddedResample(Pad pad, Resample resample) ->
          macs(resample, List.of(pad.infer(in)), out);
      case FoldedResample(Resample resample, _) -> macs(resample, in, resample.infer(in));
      case MaxPoolResample(MaxPool pool, PaddedResample blur) ->
          macs(blur, List.of(pool.infer(in)), out);
      case NormalizeReluResample(_, PaddedResample blur) -> macs(blur, List.of(in.getFirst()), out);
      case Input _,
          State _,
          Constant _,
          Pad _,
          Fold _,
          Pointwise _,
          PointwiseGrad _,
          Polynomial _,
          PolynomialGrad _,
          PolynomialCoefficientGrad _,
          Add _,
          Mul _,
          Scale _,
          MaxPool _,
          MaxPoolGrad _,
          Moments _,
          Normalize _,
          ChannelGradSums _,
          NormalizeGrad _,
          Reduce _,
          Expand _,
          Reshape _,
          Part _,
          Permute _,
          Slice _,
          Concat _,
          Select _,
          Cast _,
          Softmax _,
          LogSoftmax _,
          SoftmaxCrossEntropy _,
          SoftmaxCrossEntropyGrad _,
          OneHot _,
          ArgmaxOneHot _,
          PrepareImages _,
          Dropout _,
          Lerp _,
          SquaredNorm _,
          ClipFactor _,
          SgdMomentum _,
          SgdStep _,
          AdamWStep _,
          NormalizeRelu _,
          NormalizeReluBackward _,
          ScaledPolynomial _,
          PolynomialBackward _,
          GuardedUpdate _ ->
          0;
    };
  }

  private static long bytes(Op op, List<TensorType> in, TensorType out) {
    return switch (op) {
      case Input _, State _, Constant _, Reshape _, Part _ -> 0;
      default -> in.stream().mapToLong(TensorType::bytes).sum() + out.bytes();
    };
  }

  /// Products in one output of a weight (out, kh, kw, in/groups).
  private static long window(Shape w) {
    return w.size() / w.at(0);
  }

  private static long depth(TensorType map) {
    return (long) map.shape().n() * map.shape().c();
  }

  /// Of the taps, one in `up` meets a sample that is not stuffed; a single tap of 1 copies.
  private static long filter(Resampler axis, long outputs) {
    int met = Math.ceilDiv(axis.taps().size(), axis.up());
    return axis.taps().equals(List.of(1.0)) ? 0 : outputs * met;
  }
}
