package bandlimit.certify;

import bandlimit.graph.Node;
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
import bandlimit.tensor.Shape;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.IntStream;

/// What each operation does to translations and to the band: one case for each, and where nothing
/// is known, nothing is promised.
///
/// One instance looks at one node. Both axes are looked at alone, as everything here is separable:
/// what holds along an axis holds whatever there is along the other.
final class Rules {
  private final Node node;
  private final List<Value> in;
  private final AxisRules axes;

  private Rules(Node node, List<Value> in) {
    this.node = node;
    this.in = in;
    this.axes = new AxisRules(node);
  }

  /// The value of `node`, given those of its inputs; for a leaf, a number that no image changes.
  static Value apply(Node node, List<Value> in) {
    var rules = new Rules(node, in);
    boolean fixed = in.stream().allMatch(Value::isFixed);
    var value = fixed ? Value.fixed(rules.varying()) : rules.value();
    return fixed ? value : value.with(Losses.of(node, in, value, rules.axes.culprit()));
  }

  // ---- values that no image changes ----

  private Set<Integer> varying() {
    return switch (node.op()) {
      case Constant constant -> constant.values().size() == 1 ? Set.of() : extended(node.shape());
      case Expand expand -> {
        var varying = new HashSet<>(in.getFirst().varying());
        int more = expand.to().rank() - node.input(0).shape().rank();
        yield moved(varying, more);
      }
      case Pointwise _, Scale _, Cast _ -> in.getFirst().varying();
      default ->
          !in.isEmpty() && in.stream().allMatch(v -> v.varying().isEmpty())
              ? Set.of()
              : extended(node.shape());
    };
  }

  private static Set<Integer> moved(Set<Integer> axes, int by) {
    var moved = new HashSet<Integer>();
    axes.forEach(axis -> moved.add(axis + by));
    return moved;
  }

  private static Set<Integer> extended(Shape shape) {
    var axes = new HashSet<Integer>();
    IntStream.range(0, shape.rank()).filter(i -> shape.at(i) > 1).forEach(axes::add);
    return axes;
  }

  // ---- values that images change ----

  private Value value() {
    var x = in.getFirst();
    return switch (node.op()) {
      case Conv2d(var g) -> {
        if (!x.isPlainMap() || !in.get(1).isFixed()) {
          yield lost("a convolution with weights that depend on the image");
        }
        yield x.with(
            axes.convolved(x.rows(), g.strideH(), g.top(), g.bottom(), g, 1),
            axes.convolved(x.cols(), g.strideW(), g.left(), g.right(), g, 2));
      }
      case Pad pad ->
          plain(x)
              ? x.with(
                  axes.padded(x.rows(), pad.mode(), pad.top(), pad.bottom()),
                  axes.padded(x.cols(), pad.mode(), pad.left(), pad.right()))
              : lost("padding");
      case Resample(var rows, var cols) ->
          plain(x)
              ? x.with(axes.resampled(x.rows(), rows, 1), axes.resampled(x.cols(), cols, 2))
              : lost("a filter");
      case IdealResample(var rows, var cols) ->
          plain(x) && in.get(1).isFixed() && in.get(2).isFixed()
              ? x.with(axes.ideal(x.rows(), rows), axes.ideal(x.cols(), cols))
              : lost("resampling");
      case MaxPool pool ->
          plain(x)
              ? x.with(
                  axes.pooled(x.rows(), pool.kernelH(), pool.strideH(), pool.padH(), 1),
                  axes.pooled(x.cols(), pool.kernelW(), pool.strideW(), pool.padW(), 2))
              : lost("a max-pool");
      case Pointwise(Fn fn) -> pointwise(x, fn);
      case Polynomial(int degree) ->
          in.get(1).isFixed() && x.at(true) != last() && x.at(false) != last()
              ? x.with(axes.polynomial(x.rows(), degree), axes.polynomial(x.cols(), degree))
              : lost("a polynomial with coefficients that depend on the image");
      case Add _, Lerp _ -> together(0, in.size(), false);
      case Mul _ -> together(0, in.size(), true);
      case Select _ -> in.getFirst().isFixed() ? together(1, 3, false) : lost("a choice");
      case Concat(int axis) ->
          in.stream().anyMatch(v -> v.rowsAt() == axis || v.colsAt() == axis)
              ? lost("maps side by side")
              : together(0, in.size(), false);
      case Scale _ -> x;
      case Cast(var to) -> to.isFloating() ? x : nonlinear(x, "rounding to whole numbers");
      case Softmax _, LogSoftmax _ -> alongLast(x, "a softmax");
      case ArgmaxOneHot _ -> alongLast(x, "the choice of the largest");
      case Dropout dropout -> dropout.perSample() || dropout.rate() == 0 ? x : lost("dropout");
      case Moments(Over over) -> moments(x, over);
      case Normalize normalize -> normalize(x, normalize);
      case Reduce(Shape to, _) -> reduce(x, to);
      case Expand(Shape to, _) -> expand(x, to);
      case Reshape(Shape to) -> reshape(x, to);
      case Permute(var order) ->
          switch (x.kind()) {
            case MAP -> x.at(Value.Kind.MAP, order.indexOf(x.rowsAt()), order.indexOf(x.colsAt()));
            case FIXED, STILL -> x;
            case PIXELS -> lost("pixels in another order");
          };
      case Slice(int axis, int from, int to) ->
          x.kind() == Value.Kind.PIXELS && axis == x.rowsAt()
              ? lost("a part of the pixels")
              : x.with(
                  axis == x.rowsAt() ? axes.cut(x.rows(), to - from) : x.rows(),
                  axis == x.colsAt() ? axes.cut(x.cols(), to - from) : x.cols());
      case MatMul(boolean transposeA, _) ->
          x.kind() == Value.Kind.PIXELS && !transposeA && in.get(1).isFixed()
              ? x
              : lost("a linear layer that weighs each position by itself");
      case PrepareImages _ -> lost("windows cut where the host says");
      case OneHot _, SquaredNorm _, ClipFactor _, SoftmaxCrossEntropy _ -> lost("a loss");
      case Input _, State _, Constant _ -> lost("a leaf with inputs");
      case Conv2dInputGrad _,
          Conv2dWeightGrad _,
          Fold _,
          PointwiseGrad _,
          PolynomialGrad _,
          PolynomialCoefficientGrad _,
          MaxPoolGrad _,
          ChannelGradSums _,
          NormalizeGrad _,
          SoftmaxCrossEntropyGrad _,
          SgdMomentum _,
          SgdStep _,
          AdamWStep _ ->
          lost("an operation of training");
      case Part _, FusedOp _ -> lost("a fused step");
    };
  }

  private int last() {
    return node.shape().rank() - 1;
  }

  private boolean plain(Value x) {
    return x.isPlainMap() || !x.hasGrid();
  }

  /// Nothing is known, but of what does not change whatever one does with it.
  private Value lost(String why) {
    var rows = Axis.Still.ALWAYS;
    var cols = Axis.Still.ALWAYS;
    for (Value v : in) {
      rows = rows.and(axes.still(v.rows(), why));
      cols = cols.and(axes.still(v.cols(), why));
    }
    return Value.still(rows, cols);
  }

  private Value pointwise(Value x, Fn fn) {
    return switch (fn) {
      case SQUARE -> x.with(axes.polynomial(x.rows(), 2), axes.polynomial(x.cols(), 2));
      case RELU, RELU6, GELU, GELU_TANH, SILU, SIGMOID, TANH, EXP, LOG, IS_FINITE ->
          nonlinear(x, fn.name().toLowerCase(Locale.ROOT) + " widens the band without limit");
    };
  }

  private Value nonlinear(Value x, String why) {
    return x.with(axes.pointwise(x.rows(), why), axes.pointwise(x.cols(), why));
  }

  private Value alongLast(Value x, String why) {
    boolean channels = x.rowsAt() != last() && x.colsAt() != last();
    return channels ? nonlinear(x, why + " at each position has no band") : lost(why);
  }

  /// Sums or products of some inputs, position by position, stretched as the operation does.
  private Value together(int from, int to, boolean product) {
    Value map = Value.still(Axis.Still.ALWAYS, Axis.Still.ALWAYS);
    for (int i = from; i < to; i++) {
      var part = in.get(i);
      if (part.kind() == Value.Kind.MAP || part.kind() == Value.Kind.PIXELS) {
        var moved = part.at(part.kind(), moved(part.rowsAt(), i), moved(part.colsAt(), i));
        boolean alike =
            map.kind() == moved.kind()
                && map.rowsAt() == moved.rowsAt()
                && map.colsAt() == moved.colsAt();
        if (map.kind() != Value.Kind.STILL && !alike) {
          return lost("maps whose positions lie along other axes");
        }
        map = moved;
      }
    }
    Axis rows = Axis.Still.ALWAYS;
    Axis cols = Axis.Still.ALWAYS;
    for (int i = from; i < to; i++) {
      rows = axes.together(rows, operand(i, true, map), product && i > from);
      cols = axes.together(cols, operand(i, false, map), product && i > from);
    }
    return map.with(rows, cols);
  }

  /// An axis of input `i` counted as one of the result's.
  private int moved(int axis, int i) {
    return axis < 0 ? -1 : axis + node.shape().rank() - node.input(i).shape().rank();
  }

  /// Input `i` along one axis of the result: a grid, or a number that is the same everywhere, or
  /// numbers that are not.
  private AxisRules.Operand operand(int i, boolean ofRows, Value map) {
    var part = in.get(i);
    var axis = part.axis(ofRows);
    var shape = node.input(i).shape();
    int own = map.at(ofRows) - (node.shape().rank() - shape.rank());
    boolean same =
        axis instanceof Grid
            || map.at(ofRows) < 0
            || own < 0
            || shape.at(own) == 1
            || (part.isFixed() && !part.varying().contains(own));
    return new AxisRules.Operand(axis, same);
  }

  private Value moments(Value x, Over over) {
    if (!plain(x)) {
      return lost("statistics");
    }
    return switch (over.kind()) {
      case BATCH, GROUPS -> Value.still(axes.energy(x.rows()), axes.energy(x.cols()));
      case CHANNELS ->
          x.hasGrid()
              ? x.with(axes.deviation(x.rows()), axes.deviation(x.cols()))
                  .at(Value.Kind.PIXELS, 1, 1)
              : x;
    };
  }

  private Value normalize(Value x, Normalize normalize) {
    var statistics = in.get(1);
    boolean plain = plain(x) && in.get(2).isFixed() && in.get(3).isFixed();
    if (!plain) {
      return lost("a normalisation");
    }
    return switch (normalize.over().kind()) {
      case BATCH, GROUPS ->
          statistics.kind() == Value.Kind.FIXED || !statistics.hasGrid()
              ? x.with(
                  axes.together(x.rows(), new AxisRules.Operand(statistics.rows(), true), true),
                  axes.together(x.cols(), new AxisRules.Operand(statistics.cols(), true), true))
              : lost("statistics of positions");
      case CHANNELS -> {
        if (x.hasGrid() && statistics.kind() != Value.Kind.PIXELS) {
          yield lost("statistics of positions");
        }
        String why = AxisRules.DEVIATION;
        yield x.with(
            axes.divided(x.rows(), statistics.rows(), why),
            axes.divided(x.cols(), statistics.cols(), why));
      }
    };
  }

  private Value reduce(Value x, Shape to) {
    if (x.kind() == Value.Kind.PIXELS) {
      return lost("a sum over pixels");
    }
    var from = node.input(0).shape();
    int lost = from.rank() - to.rank();
    if (x.hasGrid() && from.at(0) > 1 && (lost > 0 || to.at(0) == 1)) {
      return lost("a sum over the samples of the batch");
    }
    var rows = sums(x.rowsAt(), to, lost) ? axes.sum(x.rows()) : x.rows();
    var cols = sums(x.colsAt(), to, lost) ? axes.sum(x.cols()) : x.cols();
    var y = x.with(rows, cols);
    return y.hasGrid()
        ? y.at(Value.Kind.MAP, Math.max(-1, x.rowsAt() - lost), Math.max(-1, x.colsAt() - lost))
        : new Value(Value.Kind.STILL, rows, cols, -1, -1, Set.of(), List.of());
  }

  private static boolean sums(int axis, Shape to, int lost) {
    return axis >= 0 && (axis < lost || to.at(axis - lost) == 1);
  }

  private Value expand(Value x, Shape to) {
    var from = node.input(0).shape();
    int more = to.rank() - from.rank();
    if (x.kind() == Value.Kind.PIXELS || (x.kind() == Value.Kind.STILL && to.rank() != 4)) {
      return x.hasGrid() ? lost("stretching") : x;
    }
    int rowsAt = x.kind() == Value.Kind.MAP ? x.rowsAt() + more : 1;
    int colsAt = x.kind() == Value.Kind.MAP ? x.colsAt() + more : 2;
    var rows = stretched(x.rows(), rowsAt, from, to, more);
    var cols = stretched(x.cols(), colsAt, from, to, more);
    return new Value(Value.Kind.MAP, rows, cols, rowsAt, colsAt, Set.of(), List.of());
  }

  private Axis stretched(Axis axis, int at, Shape from, Shape to, int more) {
    boolean one = at - more < 0 || from.at(at - more) == 1;
    return axis instanceof Axis.Still still && one && to.at(at) > 1
        ? axes.constant(still, to.at(at))
        : axis;
  }

  private Value reshape(Value x, Shape to) {
    var from = node.input(0).shape();
    if (!x.hasGrid()) {
      return Value.still(axes.still(x.rows(), ""), axes.still(x.cols(), ""));
    }
    if (x.kind() == Value.Kind.PIXELS) {
      boolean back = to.rank() == 4 && from.rank() == 2 && x.rowsAt() == 0;
      boolean same = back && fits(x.rows(), to.at(1)) && fits(x.cols(), to.at(2));
      return same && to.at(3) == from.at(1) ? x.at(Value.Kind.MAP, 1, 2) : lost("flattening");
    }
    if (x.isPlainMap() && to.rank() == 2 && to.at(1) == from.c() && from.c() < from.size()) {
      return x.at(Value.Kind.PIXELS, 0, 0);
    }
    int rowsAt = x.rows() instanceof Grid ? kept(x.rowsAt(), from, to) : x.rowsAt();
    int colsAt = x.cols() instanceof Grid ? kept(x.colsAt(), from, to) : x.colsAt();
    boolean flat =
        (x.rows() instanceof Grid && rowsAt < 0) || (x.cols() instanceof Grid && colsAt < 0);
    return flat ? lost("flattening") : x.at(Value.Kind.MAP, rowsAt, colsAt);
  }

  private static boolean fits(Axis axis, int extent) {
    return axis instanceof Grid grid ? grid.n() + grid.extra() == extent : true;
  }

  /// The axis of `to` that steps through memory as axis `at` of `from` does; -1 for none.
  private static int kept(int at, Shape from, Shape to) {
    for (int i = 0; i < to.rank(); i++) {
      if (to.at(i) == from.at(at) && inner(to, i) == inner(from, at)) {
        return i;
      }
    }
    return -1;
  }

  private static long inner(Shape shape, int axis) {
    long size = 1;
    for (int i = axis + 1; i < shape.rank(); i++) {
      size *= shape.at(i);
    }
    return size;
  }
}
