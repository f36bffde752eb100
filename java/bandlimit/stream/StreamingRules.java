package bandlimit.stream;

import bandlimit.error.ShapeException;
import bandlimit.graph.Node;
import bandlimit.graph.TimeAxis;
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
import bandlimit.graph.op.Dropout;
import bandlimit.graph.op.Expand;
import bandlimit.graph.op.Fn;
import bandlimit.graph.op.Fold;
import bandlimit.graph.op.FusedOp;
import bandlimit.graph.op.IdealResample;
import bandlimit.graph.op.Input;
import bandlimit.graph.op.Lerp;
import bandlimit.graph.op.LogSoftmax;
import bandlimit.graph.op.MatMul;
import bandlimit.graph.op.MaxPool;
import bandlimit.graph.op.MaxPoolGrad;
import bandlimit.graph.op.Moments;
import bandlimit.graph.op.Mul;
import bandlimit.graph.op.Normalize;
import bandlimit.graph.op.NormalizeGrad;
import bandlimit.graph.op.OneHot;
import bandlimit.graph.op.Over;
import bandlimit.graph.op.Pad;
import bandlimit.graph.op.Part;
import bandlimit.graph.op.Permute;
import bandlimit.graph.op.Pointwise;
import bandlimit.graph.op.PointwiseGrad;
import bandlimit.graph.op.Polynomial;
import bandlimit.graph.op.PolynomialCoefficientGrad;
import bandlimit.graph.op.PolynomialGrad;
import bandlimit.graph.op.PrepareImages;
import bandlimit.graph.op.Reduce;
import bandlimit.graph.op.Resample;
import bandlimit.graph.op.Reshape;
import bandlimit.graph.op.Scale;
import bandlimit.graph.op.Select;
import bandlimit.graph.op.SgdMomentum;
import bandlimit.graph.op.SgdStep;
import bandlimit.graph.op.Slice;
import bandlimit.graph.op.Softmax;
import bandlimit.graph.op.SoftmaxCrossEntropy;
import bandlimit.graph.op.SoftmaxCrossEntropyGrad;
import bandlimit.graph.op.SquaredNorm;
import bandlimit.graph.op.State;
import bandlimit.signal.Boundary;
import bandlimit.tensor.Shape;
import java.util.Optional;

/// Which operations stream, and how they move a map in time.
final class StreamingRules {
  private StreamingRules() {}

  /// What is known of a node's inputs: empty for those that do not depend on the signal.
  @FunctionalInterface
  interface Inputs {
    Optional<Track> track(Node input);
  }

  /// The track of a node whose maps stream; empty where it leaves the time axis, so that it belongs
  /// to the head; a [ShapeException] where a map comes out that no stream has.
  static Optional<Track> track(Node node, Inputs inputs, boolean approximate) {
    var in = inputs.track(node.input(0));
    return switch (node.op()) {
      case Conv2d(var g) -> {
        Refusal.require(
            node, inputs.track(node.input(1)).isEmpty(), "has a kernel that the signal makes");
        Refusal.require(
            node,
            g.boundary() == Boundary.ZERO || g.left() + g.right() == 0,
            "joins the end of a window to its beginning (circular padding)");
        yield walk(node, in, approximate);
      }
      case MaxPool p -> {
        Refusal.require(
            node,
            p.padW() == 0 || in.filter(t -> t.delay() < 0 || t.zeros() > 0).isEmpty(),
            "pads what is padded already; give the max-pool no padding of its own");
        yield walk(node, in, approximate);
      }
      case Resample(_, var cols) -> {
        Refusal.require(
            node, cols.up() == 1, "raises the rate, and a chunk's end needs later samples");
        yield walk(node, in, approximate);
      }
      case Pad pad -> {
        Refusal.require(
            node,
            pad.mode() == Boundary.ZERO || pad.left() + pad.right() == 0,
            switch (pad.mode()) {
              case REFLECT -> "mirrors the window at its ends (reflect padding)";
              case REPLICATE -> "repeats the window's outermost samples (replicate padding)";
              default -> "joins the end of a window to its beginning (circular padding)";
            });
        yield in.map(t -> t.padded(pad.left(), pad.right(), approximate));
      }
      case Slice slice ->
          slice.axis() == 2
              ? in.map(t -> t.cut(slice.from(), node.input(0).shape().w() - slice.to()))
              : in;
      case Pointwise p -> keepsZero(p.fn()) ? in : in.map(t -> made(node, t));
      case Scale _, Cast _ -> in;
      case Polynomial _ -> in.map(t -> made(node, t));
      case Normalize n -> {
        Refusal.require(
            node,
            n.over().kind() != Over.Kind.GROUPS,
            "divides by the deviation of the whole window (layer norm over time)");
        Refusal.require(
            node,
            n.over().kind() != Over.Kind.BATCH || !n.live(),
            "takes its statistics from the batch; build the network for evaluation");
        var statistics = node.input(1);
        Refusal.require(
            node,
            n.over().kind() == Over.Kind.BATCH
                || (statistics.op() instanceof Moments && statistics.input(0) == node.input(0)),
            "takes its statistics from another map");
        yield in.map(t -> made(node, t));
      }
      case Moments m -> {
        Refusal.require(
            node,
            m.over().kind() == Over.Kind.CHANNELS,
            "takes mean and deviation of the whole window (layer norm over time)");
        yield in.map(t -> made(node, t));
      }
      case Add _, Mul _ -> joined(node, inputs);
      case Concat concat -> {
        Refusal.require(
            node, concat.axis() == 3, "joins maps along another axis than the channels");
        yield joined(node, inputs);
      }
      case Reduce(var to, _) -> keepsTime(node, to) ? in : Optional.empty();
      case Expand(var to, _) ->
          keepsTime(node, to)
              ? in.map(t -> made(node, t))
              : in.map(t -> Refusal.refuse(node, "stretches a map along time"));
      case Reshape(var to) -> to.equals(node.input(0).shape()) ? in : Optional.empty();
      case IdealResample _ ->
          in.map(t -> Refusal.refuse(node, "is an ideal low-pass, which sees the whole window"));
      case Softmax _, LogSoftmax _, Permute _, MatMul _, OneHot _, ArgmaxOneHot _ ->
          Optional.empty();
      case Select _, Lerp _, Dropout _, PrepareImages _ ->
          in.map(t -> Refusal.refuse(node, "has no streaming form"));
      case Input _,
          State _,
          Constant _,
          Conv2dInputGrad _,
          Conv2dWeightGrad _,
          Fold _,
          PointwiseGrad _,
          PolynomialGrad _,
          PolynomialCoefficientGrad _,
          MaxPoolGrad _,
          ChannelGradSums _,
          NormalizeGrad _,
          SoftmaxCrossEntropy _,
          SoftmaxCrossEntropyGrad _,
          SquaredNorm _,
          ClipFactor _,
          SgdMomentum _,
          SgdStep _,
          AdamWStep _,
          Part _,
          FusedOp _ ->
          throw new ShapeException(
              "%s: %s belongs to training; only evaluation graphs stream"
                  .formatted(node.path(), node.op().getClass().getSimpleName()));
    };
  }

  /// A map whose leading zeros would no longer be zeros has to make them. Those behind a window it
  /// can make only where they come later.
  private static Track made(Node node, Track track) {
    Refusal.require(node, track.zeros() == 0, Refusal.BEHIND);
    return track.delayed(Math.max(0, track.delay()));
  }

  static boolean keepsZero(Fn fn) {
    return switch (fn) {
      case RELU, RELU6, GELU, GELU_TANH, SILU, TANH, SQUARE -> true;
      case SIGMOID, EXP, LOG, IS_FINITE -> false;
    };
  }

  private static Optional<Track> walk(Node node, Optional<Track> in, boolean approximate) {
    var axis = TimeAxis.of(node).orElseThrow();
    return in.map(
        t -> {
          var out = t.walked(axis, approximate);
          // zeros that make a column of their own, which a chunk has no place for
          int spare = t.zeros() + Math.max(0, axis.after()) - out.fill(axis, t);
          Refusal.require(node, t.zeros() == 0 || spare < axis.stride(), Refusal.BEHIND);
          return out;
        });
  }

  private static boolean keepsTime(Node node, Shape to) {
    return to.rank() == 4
        && to.w() > 1
        && to.w() == node.input(0).shape().w()
        && to.n() == node.input(0).shape().n();
  }

  private static Optional<Track> joined(Node node, Inputs inputs) {
    Optional<Track> all = Optional.empty();
    for (Node input : node.inputs()) {
      var track = inputs.track(input);
      if (track.isEmpty()) {
        var shape = input.shape();
        Refusal.require(
            node,
            shape.rank() < 2 || shape.at(-2) == 1,
            "adds or multiplies by numbers that change along the window");
      } else {
        var t = made(node, track.get());
        Refusal.require(
            node, all.isEmpty() || all.get().rate() == t.rate(), "joins maps of different rates");
        all = Optional.of(all.map(a -> a.with(t)).orElse(t));
      }
    }
    return all;
  }
}
