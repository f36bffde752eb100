package bandlimit.graph.op;

import bandlimit.tensor.TensorType;
import java.util.List;

/// min(1, maxNorm / (sqrt(s) + 1e-6)) of a squared norm s: what gradients are multiplied by when
/// clipped by norm (PyTorch's clip_grad_norm_).
public record ClipFactor(double maxNorm) implements Op {
  @Override
  public TensorType infer(List<TensorType> in) {
    Rule.arity(in, 1, this);
    Rule.require(in.getFirst().shape().size() == 1, "a norm is one number, got %s", in.getFirst());
    return in.getFirst();
  }
}
