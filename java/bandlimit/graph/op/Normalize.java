package bandlimit.graph.op;

import bandlimit.graph.Gradients;
import bandlimit.graph.Node;
import bandlimit.tensor.Shape;
import bandlimit.tensor.TensorType;
import java.util.List;

/// y = gamma * (x - mean) / sqrt(variance + epsilon) + beta, from (x, statistics, gamma, beta);
/// gamma and beta are (C). Where x is bf16, so is y, and everything else is f32.
///
/// `live`: the statistics are [Moments] of this very x, and the gradient goes through them. Not
/// live: they are fixed numbers, as in evaluation.
public record Normalize(Over over, double epsilon, boolean live) implements Op {
  @Override
  public TensorType infer(List<TensorType> in) {
    Rule.arity(in, 4, this);
    var x = Rule.nhwc(in.get(0));
    Rule.same("statistics", over.statistics(x), in.get(1).shape());
    Rule.same("gamma", Shape.of(x.c()), in.get(2).shape());
    Rule.same("beta", Shape.of(x.c()), in.get(3).shape());
    var sums = in.get(0).dtype().accumulator();
    Rule.same("statistics", sums, in.get(1).dtype());
    Rule.same("gamma", sums, in.get(2).dtype());
    Rule.same("beta", sums, in.get(3).dtype());
    return in.get(0);
  }

  @Override
  public void vjp(Node y, Node dy, Gradients to) {
    var x = y.input(0);
    var statistics = y.input(1);
    var gamma = y.input(2);
    var beta = y.input(3);
    var sums = to.apply("sums", new ChannelGradSums(over, epsilon), x, statistics, dy);
    to.add(beta, row(sums, 0, beta, to));
    to.add(gamma, row(sums, 1, gamma, to));
    to.add(
        x, to.apply("dx", new NormalizeGrad(over, epsilon, live), x, statistics, gamma, sums, dy));
  }

  private static Node row(Node sums, int row, Node like, Gradients to) {
    return to.apply(
        row == 0 ? "dbeta" : "dgamma",
        new Reshape(like.shape()),
        to.apply("row", new Slice(0, row, row + 1), sums));
  }
}
