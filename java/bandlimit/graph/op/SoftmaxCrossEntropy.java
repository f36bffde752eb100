package bandlimit.graph.op;

import bandlimit.graph.Gradients;
import bandlimit.graph.Node;
import bandlimit.tensor.Shape;
import bandlimit.tensor.TensorType;
import java.util.List;

/// -sum_k target_k * logsoftmax(logits)_k of each sample: (logits (N, K), target (N, K)) -> (N).
///
/// The target is a distribution, which serves label smoothing, mixing and weights; no gradient
/// flows to it.
public record SoftmaxCrossEntropy() implements Op {
  @Override
  public TensorType infer(List<TensorType> in) {
    Rule.arity(in, 2, this);
    var logits = in.get(0).shape();
    Rule.require(logits.rank() == 2, "logits must be (N, K), got %s", logits);
    Rule.same("target", logits, in.get(1).shape());
    return in.get(0).withShape(Shape.of(logits.at(0)));
  }

  @Override
  public void vjp(Node y, Node dy, Gradients to) {
    to.add(y.input(0), to.apply("dx", new SoftmaxCrossEntropyGrad(), y.input(0), y.input(1), dy));
  }
}
