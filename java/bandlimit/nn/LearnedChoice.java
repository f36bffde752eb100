package bandlimit.nn;

import bandlimit.graph.Node;
import bandlimit.graph.op.Add;
import bandlimit.graph.op.ArgmaxOneHot;
import bandlimit.graph.op.Cast;
import bandlimit.graph.op.Concat;
import bandlimit.graph.op.Constant;
import bandlimit.graph.op.Conv2d;
import bandlimit.graph.op.ConvGeometry;
import bandlimit.graph.op.Dropout;
import bandlimit.graph.op.Fn;
import bandlimit.graph.op.Mul;
import bandlimit.graph.op.Permute;
import bandlimit.graph.op.Pointwise;
import bandlimit.graph.op.Reduce;
import bandlimit.graph.op.Reshape;
import bandlimit.graph.op.Scale;
import bandlimit.graph.op.Softmax;
import bandlimit.signal.Boundary;
import bandlimit.tensor.DType;
import bandlimit.tensor.Shape;
import bandlimit.tensor.TensorType;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/// A small network gives each map a score, the same network for all of them, and the mean over its
/// result makes the score one that no circular shift changes: learnable polyphase sampling
/// (Rojas-Gomez et al. 2022, section 4). 3x3 convolution to an eighth of the channels, ReLU, 3x3
/// convolution, mean.
///
/// Training takes shares of all maps, softmax((score + Gumbel noise) / temperature), which become
/// one map's as the temperature falls; evaluation takes the map with the best score. Its weights
/// are spared weight decay where norms and biases are, as published.
public record LearnedChoice() implements Polyphase.Chooser {
  private static final int SHARE = 8;
  private static final int BITS = 23; // and half a step more are a float32

  @Override
  public Node weights(Scope scope, List<Node> maps) {
    var scores = scores(scope, maps);
    return switch (scope.mode()) {
      case EVAL -> scope.apply("choice", new ArgmaxOneHot(), scores);
      case TRAIN -> {
        var noisy = scope.apply("noisy", new Add(), scores, gumbel(scope, scores.type()));
        var sharp = scope.apply("sharp", new Mul(), noisy, scope.sharpness());
        yield scope.apply("choice", new Softmax(), sharp);
      }
    };
  }

  /// (N, P). The maps go through one convolution together, along the batch.
  private static Node scores(Scope scope, List<Node> maps) {
    var first = maps.getFirst().shape();
    int count = maps.size();
    int hidden = Math.max(1, first.c() / SHARE);
    var x = scope.apply("maps", new Concat(0), maps.toArray(Node[]::new));
    var y = convolution(hidden).build(scope.in("score.0"), x);
    y = Activation.RELU.build(scope.in("score.1"), y);
    y = convolution(hidden).build(scope.in("score.2"), y);
    int values = first.h() * first.w() * hidden;
    var one = Shape.of(count * first.n(), 1, 1, 1);
    if (y.type().dtype() == DType.BF16) {
      y = scope.apply("score.f32", new Cast(DType.F32), y);
    }
    y = scope.apply("score", new Reduce(one, 1.0 / values), y);
    y = scope.apply("rows", new Reshape(Shape.of(count, first.n())), y);
    return scope.apply("columns", new Permute(List.of(1, 0)), y);
  }

  private static Layer convolution(int out) {
    var geometry = ConvGeometry.of(1, 1).withBoundary(Boundary.CIRCULAR);
    return (scope, x) -> {
      int in = x.shape().c();
      var weight = scope.parameter("weight", Shape.of(out, 3, 3, in), Init.TORCH, false);
      var bias = scope.parameter("bias", Shape.of(out), Init.ZEROS, false);
      var y = scope.apply(new Conv2d(geometry), x, scope.like(x, weight));
      return scope.apply("sum", new Add(), y, scope.like(y, bias));
    };
  }

  /// -log(-log u), u uniform: a sum of bits that dropout keeps or not, and half a step, so that it
  /// is neither 0 nor 1.
  private static Node gumbel(Scope scope, TensorType type) {
    long size = type.shape().size();
    var values = new ArrayList<Double>();
    for (int bit = 0; bit < BITS; bit++) {
      values.addAll(Collections.nCopies(Math.toIntExact(size), Math.scalb(0.5, -bit - 1)));
    }
    var dims = new ArrayList<Integer>(List.of(BITS));
    dims.addAll(type.shape().dims());
    var bits = scope.apply("bits", new Constant(type.withShape(new Shape(dims)), values));
    // what is kept is doubled: 1/2, 1/4, ...
    var kept =
        scope.apply(
            "drawn", Dropout.at(scope.path() + "/gumbel", 0.5, false), bits, scope.counter());
    var leading = new ArrayList<>(dims);
    leading.set(0, 1);
    var sum = scope.apply("binary", new Reduce(new Shape(leading), 1), kept);
    var flat = scope.apply("fraction", new Reshape(type.shape()), sum);
    var half = scope.apply("half", Constant.fill(type, Math.scalb(0.5, -BITS)));
    var u = scope.apply("uniform", new Add(), flat, half);
    var inner = scope.apply("log", new Pointwise(Fn.LOG), u);
    var outer =
        scope.apply("loglog", new Pointwise(Fn.LOG), scope.apply("minus", new Scale(-1), inner));
    return scope.apply("gumbel", new Scale(-1), outer);
  }
}
