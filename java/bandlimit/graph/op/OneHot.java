package bandlimit.graph.op;

import bandlimit.tensor.DType;
import bandlimit.tensor.Shape;
import bandlimit.tensor.TensorType;
import java.util.List;

/// Labels i32 (N) to distributions (N, classes): (1 - smoothing) at the label plus smoothing /
/// classes everywhere.
public record OneHot(int classes, double smoothing, DType dtype) implements Op {
  @Override
  public TensorType infer(List<TensorType> in) {
    Rule.arity(in, 1, this);
    Rule.require(
        in.getFirst().dtype() == DType.I32 && in.getFirst().shape().rank() == 1,
        "labels must be i32 (N), got %s",
        in.getFirst());
    return new TensorType(dtype, Shape.of(in.getFirst().shape().at(0), classes));
  }
}
