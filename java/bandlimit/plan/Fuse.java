package bandlimit.plan;

import bandlimit.graph.Graph;
import bandlimit.graph.Node;
import bandlimit.graph.op.Add;
import bandlimit.graph.op.ChannelGradSums;
import bandlimit.graph.op.Conv2d;
import bandlimit.graph.op.ConvBiasRelu;
import bandlimit.graph.op.ConvGeometry;
import bandlimit.graph.op.ConvMoments;
import bandlimit.graph.op.ConvNormalizeRelu;
import bandlimit.graph.op.FilteredPolynomial;
import bandlimit.graph.op.FilteredPolynomialBackward;
import bandlimit.graph.op.Fn;
import bandlimit.graph.op.Fold;
import bandlimit.graph.op.FoldedResample;
import bandlimit.graph.op.FusedOp;
import bandlimit.graph.op.IdealResample;
import bandlimit.graph.op.MaxPool;
import bandlimit.graph.op.MaxPoolResample;
import bandlimit.graph.op.Moments;
import bandlimit.graph.op.Normalize;
import bandlimit.graph.op.NormalizeGrad;
import bandlimit.graph.op.NormalizeRelu;
import bandlimit.graph.op.NormalizeReluBackward;
import bandlimit.graph.op.NormalizeReluResample;
import bandlimit.graph.op.Over;
import bandlimit.graph.op.Pad;
import bandlimit.graph.op.PaddedResample;
import bandlimit.graph.op.Part;
import bandlimit.graph.op.Pointwise;
import bandlimit.graph.op.PointwiseGrad;
import bandlimit.graph.op.Polynomial;
import bandlimit.graph.op.PolynomialBackward;
import bandlimit.graph.op.PolynomialCoefficientGrad;
import bandlimit.graph.op.PolynomialGrad;
import bandlimit.graph.op.Resample;
import bandlimit.graph.op.Scale;
import bandlimit.graph.op.ScaledPolynomial;
import bandlimit.tensor.Shape;
import bandlimit.tensor.TensorType;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.BiPredicate;
import java.util.function.Predicate;

/// Several core ops become one step, where the target has it. Plain pattern matching on nodes. The
/// cpu's fusion is here because a measurement asked for it (docs/benchmarks); the cuda ones because
/// they save passes over memory, which a GPU has yet to confirm.
final class Fuse {
  /// A fused step, and which nodes it stands for: the first becomes the step's node, the others its
  /// parts in their order.
  private record Match(FusedOp op, List<Node> inputs, List<Node> results) {}

  private final Map<Node, Match> matches = new HashMap<>();
  private final Map<Node, Integer> uses = new HashMap<>();
  private final Map<Node, List<Node>> readers = new HashMap<>();
  private final Map<Node, Node> emitted = new HashMap<>();
  private final Map<Match, Node> steps = new IdentityHashMap<>();
  private final BiPredicate<FusedOp, List<TensorType>> takes;

  private Fuse(Procedure procedure, BiPredicate<FusedOp, List<TensorType>> takes) {
    this.takes = takes;
    for (Node node : procedure.graph().nodes()) {
      node.inputs().forEach(input -> uses.merge(input, 1, Integer::sum));
      node.inputs().forEach(i -> readers.computeIfAbsent(i, _ -> new ArrayList<>()).add(node));
    }
    procedure.outputs().values().forEach(node -> uses.merge(node, 1, Integer::sum));
    procedure.updates().forEach(update -> uses.merge(update.value(), 1, Integer::sum));
  }

  static Procedure apply(
      Procedure procedure, Predicate<FusedOp> has, BiPredicate<FusedOp, List<TensorType>> takes) {
    var fuse = new Fuse(procedure, takes);
    for (Node node : procedure.graph().nodes()) {
      fuse.normalizeRelu(node, has);
      fuse.convBiasRelu(node, has);
      fuse.convNormalizeRelu(node, has);
      fuse.convMoments(node, has);
      fuse.normalizeReluBackward(node, has);
      fuse.scaledPolynomial(node, has);
      fuse.polynomialBackward(node, has);
      fuse.filteredPolynomial(node, has);
      fuse.filteredPolynomialBackward(node, has);
      fuse.guardedUpdate(node, has);
    }
    // these look at what the matches above no longer read
    for (Node node : procedure.graph().nodes()) {
      fuse.blur(node, has);
      fuse.blurGradient(node, has);
    }
    return Rewrite.of(procedure, node -> true, fuse::emit);
  }

  /// What a match left behind is copied, is dead, and falls to the pruning that follows.
  private Node emit(Graph to, Node old, List<Node> inputs) {
    var match = matches.get(old);
    Node now = match == null ? Rewrite.copy(to, old, inputs) : result(to, match, old);
    emitted.put(old, now);
    return now;
  }

  /// The step is written where the first of its results stood.
  private Node result(Graph to, Match match, Node old) {
    var step =
        steps.computeIfAbsent(
            match,
            m ->
                to.apply(
                    m.results.getFirst().path(),
                    m.op,
                    m.inputs.stream().map(this::emitted).toList()));
    int index = match.results.indexOf(old);
    return index == 0 ? step : to.apply(old.path(), new Part(index, old.type()), step);
  }

  private Node emitted(Node old) {
    return Objects.requireNonNull(emitted.get(old), () -> old.path() + " comes later");
  }

  /// relu(normalize(...)) and relu(normalize(...) + residual), when nothing else reads between.
  private void normalizeRelu(Node node, Predicate<FusedOp> has) {
    if (!(node.op() instanceof Pointwise(Fn fn)) || fn != Fn.RELU) {
      return;
    }
    var x = node.input(0);
    if (x.op() instanceof Normalize normalize && once(x)) {
      match(new NormalizeRelu(normalize, false), x.inputs(), has, node);
    } else if (x.op() instanceof Add && once(x)) {
      for (int i = 0; i < 2; i++) {
        var y = x.input(i);
        var residual = x.input(1 - i);
        if (y.op() instanceof Normalize normalize
            && once(y)
            && residual.shape().equals(y.shape())) {
          var inputs = new ArrayList<>(y.inputs());
          inputs.add(residual);
          match(new NormalizeRelu(normalize, true), inputs, has, node);
          return;
        }
      }
    }
  }

  /// relu(conv + bias + residual) and what there is of it, when nothing else reads between. The
  /// longest match is the last, and leaves the shorter ones dead.
  private void convBiasRelu(Node node, Predicate<FusedOp> has) {
    boolean relu = node.op() instanceof Pointwise(Fn fn) && fn == Fn.RELU;
    var sum = relu ? node.input(0) : node;
    if (matches.containsKey(node) || (relu && !once(sum))) {
      return;
    }
    for (int i = 0; sum.op() instanceof Add && i < 2; i++) {
      var more = sum.input(1 - i);
      if (once(sum.input(i)) && more.shape().equals(sum.shape())) {
        if (convBias(node, sum.input(i), List.of(more), relu, has)) {
          return;
        }
      }
    }
    convBias(node, sum, List.of(), relu, has);
  }

  private boolean convBias(
      Node node, Node sum, List<Node> residual, boolean relu, Predicate<FusedOp> has) {
    boolean bias =
        sum.op() instanceof Add
            && sum.input(1).shape().equals(Shape.of(sum.shape().at(-1)))
            && sum.input(0).shape().equals(sum.shape());
    var conv = bias ? sum.input(0) : sum;
    if (!(conv.op() instanceof Conv2d(ConvGeometry geometry))
        || conv.equals(node)
        || (bias && !once(conv))) {
      return false;
    }
    var inputs = new ArrayList<>(conv.inputs());
    if (bias) {
      inputs.add(sum.input(1));
    }
    inputs.addAll(residual);
    match(new ConvBiasRelu(geometry, bias, !residual.isEmpty(), relu), inputs, has, node);
    return true;
  }

  /// relu(normalize(conv) + residual) and what there is of it, with fixed statistics, when nothing
  /// else reads between; the longest match is the last.
  private void convNormalizeRelu(Node node, Predicate<FusedOp> has) {
    boolean relu = node.op().equals(new Pointwise(Fn.RELU));
    var sum = relu ? node.input(0) : node;
    if (relu && !once(sum)) {
      return;
    }
    if (sum.op() instanceof Add) {
      for (int i = 0; i < 2; i++) {
        var residual = sum.input(1 - i);
        if (once(sum.input(i))
            && residual.shape().equals(sum.shape())
            && convNormalize(node, sum.input(i), List.of(residual), relu, has)) {
          return;
        }
      }
    } else {
      convNormalize(node, sum, List.of(), relu, has);
    }
  }

  private boolean convNormalize(
      Node node, Node norm, List<Node> residual, boolean relu, Predicate<FusedOp> has) {
    if (!(norm.op() instanceof Normalize(Over over, double epsilon, boolean live))
        || live
        || !over.equals(Over.BATCH)
        || !(norm.input(0).op() instanceof Conv2d(ConvGeometry geometry))
        || !once(norm.input(0))) {
      return false;
    }
    var inputs = new ArrayList<>(norm.input(0).inputs());
    inputs.addAll(norm.inputs().subList(1, 4));
    inputs.addAll(residual);
    match(new ConvNormalizeRelu(geometry, epsilon, !residual.isEmpty(), relu), inputs, has, node);
    return true;
  }

  /// The batch statistics of a convolution's result, which become a part of the convolution.
  private void convMoments(Node node, Predicate<FusedOp> has) {
    if (node.op() instanceof Moments(Over over)
        && over.equals(Over.BATCH)
        && node.input(0).op() instanceof Conv2d(ConvGeometry geometry)) {
      var conv = node.input(0);
      match(new ConvMoments(geometry), conv.inputs(), has, conv, node);
    }
  }

  /// The two gradients of a normalisation behind which nothing but a ReLU stood.
  private void normalizeReluBackward(Node dx, Predicate<FusedOp> has) {
    if (!(dx.op() instanceof NormalizeGrad(Over over, double epsilon, boolean live))) {
      return;
    }
    var sums = dx.input(3);
    var inside = dx.input(4); // the gradient between the two
    var normalize = new Normalize(over, epsilon, live);
    if (inside.op().equals(new PointwiseGrad(Fn.RELU))
        && uses(inside) == 2
        && sums.op().equals(new ChannelGradSums(over, epsilon))
        && sums.inputs().equals(List.of(dx.input(0), dx.input(1), inside))
        && inside.input(0).op().equals(new Pointwise(Fn.RELU))
        && inside.input(0).input(0).op().equals(normalize)) {
      var norm = inside.input(0).input(0);
      if (norm.inputs().subList(0, 3).equals(dx.inputs().subList(0, 3))) {
        var inputs = new ArrayList<>(norm.inputs());
        inputs.add(inside.input(1));
        match(new NormalizeReluBackward(normalize), inputs, has, dx, sums);
      }
    }
  }

  /// Factors before and behind a polynomial.
  private void scaledPolynomial(Node node, Predicate<FusedOp> has) {
    var p = isScale(node) && once(node.input(0)) ? node.input(0) : node;
    if (p.op() instanceof Polynomial(int degree) && (p != node || isScale(p.input(0)))) {
      var op = new ScaledPolynomial(factor(p.input(0)), degree, p == node ? 1 : factor(node));
      match(op, List.of(behind(p.input(0)), p.input(1)), has, node);
    }
  }

  /// The two gradients of a polynomial, with the factors around it.
  private void polynomialBackward(Node da, Predicate<FusedOp> has) {
    if (!(da.op() instanceof PolynomialCoefficientGrad(int degree, _))) {
      return;
    }
    var x = da.input(0);
    var dy = da.input(1);
    var found =
        readers(x).stream()
            .filter(
                node ->
                    node.op().equals(new PolynomialGrad(degree))
                        && node.input(0) == x
                        && node.input(2) == dy)
            .findFirst();
    if (found.isEmpty()) {
      return;
    }
    var dx = found.get();
    var a = dx.input(1);
    var outer = readers(dx);
    // the factor before the polynomial comes back as the last of its gradient
    if (isScale(x) && once(dx) && outer.size() == 1 && outer.getFirst().op().equals(x.op())) {
      var op = new PolynomialBackward(factor(x), degree, factor(dy));
      match(op, List.of(behind(x), a, behind(dy)), has, outer.getFirst(), da);
    } else {
      var op = new PolynomialBackward(1, degree, factor(dy));
      match(op, List.of(x, a, behind(dy)), has, dx, da);
    }
  }

  /// An optimizer's step for one parameter, with the guards of all that it renews.
  private void guardedUpdate(Node node, Predicate<FusedOp> has) {
    new GuardedUpdates(this::uses, this::readers)
        .of(node)
        .ifPresent(
            found -> match(found.op(), found.inputs(), has, found.results().toArray(Node[]::new)));
  }

  /// A polynomial between two ideal resamplings. What the gradient reads of the fine grid it makes
  /// again, where it is fused too.
  private void filteredPolynomial(Node node, Predicate<FusedOp> has) {
    if (node.op() instanceof IdealResample down
        && once(node.input(0))
        && node.input(0).op() instanceof Polynomial(int degree)
        && node.input(0).input(0).op() instanceof IdealResample up) {
      var p = node.input(0);
      var inputs = new ArrayList<>(List.of(p.input(0).input(0), p.input(1)));
      inputs.addAll(p.input(0).inputs().subList(1, 3));
      inputs.addAll(node.inputs().subList(1, 3));
      match(new FilteredPolynomial(up, degree, down), inputs, has, node);
    }
  }

  /// Both gradients of such a one, from the map before it.
  private void filteredPolynomialBackward(Node dx, Predicate<FusedOp> has) {
    if (!(dx.op() instanceof IdealResample back)
        || !once(dx.input(0))
        || !(dx.input(0).op() instanceof PolynomialGrad(int degree))) {
      return;
    }
    var grad = dx.input(0);
    var fine = grad.input(0);
    var dfine = grad.input(2);
    if (!(fine.op() instanceof IdealResample up)
        || !(dfine.op() instanceof IdealResample in)
        || !back.equals(new IdealResample(up.rows().transpose(), up.cols().transpose()))
        || !dx.inputs().subList(1, 3).equals(fine.inputs().subList(1, 3))) {
      return;
    }
    boolean shared = grad.input(1).shape().at(0) == 1;
    var da =
        readers(fine).stream()
            .filter(
                node ->
                    node.op().equals(new PolynomialCoefficientGrad(degree, shared))
                        && node.inputs().equals(List.of(fine, dfine)))
            .findFirst();
    if (da.isPresent()) {
      var down = new IdealResample(in.rows().transpose(), in.cols().transpose());
      var inputs = new ArrayList<>(List.of(fine.input(0), grad.input(1)));
      inputs.addAll(fine.inputs().subList(1, 3));
      inputs.addAll(dfine.inputs().subList(1, 3));
      inputs.add(dfine.input(0));
      match(new FilteredPolynomialBackward(up, degree, down, shared), inputs, has, dx, da.get());
    }
  }

  /// A blur with its border, and with the max-pool or the normalised activation that it alone
  /// reads.
  private void blur(Node node, Predicate<FusedOp> has) {
    if (!(node.op() instanceof Resample resample)) {
      return;
    }
    var blur = PaddedResample.of(resample);
    var reader = node;
    var x = node.input(0);
    if (x.op() instanceof Pad pad && once(x)) {
      blur = new PaddedResample(pad, resample);
      reader = x;
      x = x.input(0);
      match(blur, List.of(x), has, node);
    }
    if (x.op() instanceof MaxPool pool && onlyReadBy(reader, x)) {
      match(new MaxPoolResample(pool, blur), x.inputs(), has, node);
    } else if (x.op().equals(new Pointwise(Fn.RELU))
        && onlyReadBy(reader, x)
        && x.input(0).op() instanceof Normalize normalize
        && onlyReadBy(x, x.input(0))) {
      match(new NormalizeReluResample(normalize, blur), x.input(0).inputs(), has, node);
    }
  }

  /// The transpose of a blur with its border.
  private void blurGradient(Node node, Predicate<FusedOp> has) {
    if (node.op() instanceof Fold fold
        && node.input(0).op() instanceof Resample resample
        && once(node.input(0))) {
      match(new FoldedResample(resample, fold), node.input(0).inputs(), has, node);
    }
  }

  /// Whether `reader` alone needs `node`, now that matches read past it: the fused gradient of a
  /// normalised activation, for one, makes the activation anew.
  private boolean onlyReadBy(Node reader, Node node) {
    return uses(node) == readers(node).size()
        && readers(node).stream()
            .allMatch(other -> other == reader || readsPast(other, node) || isDead(other));
  }

  private boolean readsPast(Node reader, Node node) {
    var match = matches.get(reader);
    return match != null && !match.inputs.contains(node);
  }

  private boolean isDead(Node node) {
    return uses(node) == readers(node).size()
        && readers(node).stream().allMatch(reader -> readsPast(reader, node));
  }

  private static boolean isScale(Node node) {
    return factor(node) != 1;
  }

  private static double factor(Node node) {
    return node.op() instanceof Scale(double factor) ? factor : 1;
  }

  /// What a factor is put on; the node itself where it is none.
  private static Node behind(Node node) {
    return isScale(node) ? node.input(0) : node;
  }

  private boolean once(Node node) {
    return uses(node) == 1;
  }

  private int uses(Node node) {
    return uses.getOrDefault(node, 0);
  }

  private List<Node> readers(Node node) {
    return readers.getOrDefault(node, List.of());
  }

  private void match(FusedOp op, List<Node> inputs, Predicate<FusedOp> has, Node... results) {
    if (has.test(op) && takes.test(op, inputs.stream().map(Node::type).toList())) {
      var match = new Match(op, inputs, List.of(results));
      match.results.forEach(node -> matches.put(node, match));
    }
  }
}
