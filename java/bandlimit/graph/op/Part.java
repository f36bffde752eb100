package bandlimit.graph.op;

import bandlimit.tensor.TensorType;
import java.util.List;

/// One of the further results of a fused step that writes several: result `index` (from 1) of its
/// input. Nodes stay single-valued; plans give it memory but no step of its own.
public record Part(int index, TensorType type) implements Op {
  @Override
  public TensorType infer(List<TensorType> in) {
    Rule.arity(in, 1, this);
    return type;
  }
}
