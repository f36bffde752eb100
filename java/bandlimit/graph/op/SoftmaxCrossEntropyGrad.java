package bandlimit.graph.op;

import bandlimit.tensor.Shape;
import bandlimit.tensor.TensorType;
import java.util.List;

/// (softmax(logits) * sum(target) - target) * dy, from (logits (N, K), target (N, K), dy (N)).
public record SoftmaxCrossEntropyGrad() implements Op {
  @Override
  public TensorType infer(List<TensorType> in) {
    Rule.arity(in, 3, this);
    var logits = in.get(0).shape();
    Rule.same("target", logits, in.get(1).shape());
    Rule.same("dy", Shape.of(logits.at(0)), in.get(2).shape());
    return in.get(0);
  }
}
