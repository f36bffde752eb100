package bandlimit.nn;

import bandlimit.error.ShapeException;
import bandlimit.graph.Node;
import bandlimit.graph.op.Constant;
import bandlimit.graph.op.Lerp;
import bandlimit.graph.op.Moments;
import bandlimit.graph.op.Mul;
import bandlimit.graph.op.Normalize;
import bandlimit.graph.op.Over;
import bandlimit.tensor.Shape;
import java.util.ArrayList;
import java.util.Collections;

/// Batch normalisation: `weight`, `bias` (C) and the running statistics `running` (2, C).
///
/// Training normalises by the batch's own mean and biased variance, and moves the running
/// statistics by `momentum` towards the batch's mean and *unbiased* variance, as PyTorch does.
/// Evaluation normalises by the running statistics.
public record BatchNorm(double momentum, double epsilon) implements Layer {
  /// PyTorch's settings.
  public BatchNorm() {
    this(0.1, 1e-5);
  }

  @Override
  public Node build(Scope scope, Node x) {
    int channels = x.shape().c();
    var weight = scope.parameter("weight", Shape.of(channels), Init.ONES, false);
    var bias = scope.parameter("bias", Shape.of(channels), Init.ZEROS, false);
    var running = scope.statistics("running", channels);
    return switch (scope.mode()) {
      case EVAL -> scope.apply(new Normalize(Over.BATCH, epsilon, false), x, running, weight, bias);
      case TRAIN -> {
        var batch = scope.apply("moments", new Moments(Over.BATCH), x);
        scope.renew(running, nextRunning(scope, x, running, batch));
        yield scope.apply(new Normalize(Over.BATCH, epsilon, true), x, batch, weight, bias);
      }
    };
  }

  private Node nextRunning(Scope scope, Node x, Node running, Node batch) {
    double count = Over.BATCH.count(x.shape());
    if (count < 2) {
      throw new ShapeException(
          "%s: batch norm needs two values or more of a channel in training, but %s holds one; use"
                  .formatted(scope.path(), x.shape())
              + " a larger batch or larger images");
    }
    // as large as the moments: an operand that stretches would need a launch of its own
    int channels = batch.shape().at(1);
    var factors = new ArrayList<>(Collections.nCopies(channels, 1.0));
    factors.addAll(Collections.nCopies(channels, count / (count - 1)));
    var bessel = new Constant(batch.type(), factors);
    var unbiased = scope.apply("unbiased", new Mul(), batch, scope.apply("bessel", bessel));
    var share = scope.apply("momentum", Constant.fill(type(batch), momentum));
    return scope.apply("running", new Lerp(), running, unbiased, share);
  }

  private static bandlimit.tensor.TensorType type(Node like, Integer... dims) {
    return like.type().withShape(Shape.of(dims));
  }
}
