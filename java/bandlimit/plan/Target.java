package bandlimit.plan;

import bandlimit.graph.op.FusedOp;
import bandlimit.graph.op.Op;
import bandlimit.tensor.DType;
import bandlimit.tensor.TensorType;
import java.util.List;

/// What the planner must know of a machine; every backend answers it.
public interface Target {
  /// Whether the machine has this fused op; if not, the graph keeps the core ops.
  boolean has(FusedOp op);

  /// Whether it has that op for inputs of these types: some kernels take maps up to a size.
  default boolean takes(FusedOp op, List<TensorType> in) {
    return true;
  }

  /// Bytes of scratch memory that one run of the step needs.
  long scratchBytes(Op op, List<TensorType> in, TensorType out);

  /// Whether steps of this op that differ only in their tensors may run at once; the planner then
  /// brings them together. One-element inputs count as attributes, not as tensors.
  default boolean groups(Op op, List<TensorType> in, TensorType out) {
    return false;
  }

  /// Bytes one element takes in the machine's memory. The reference stores everything as doubles.
  default int elementBytes(DType dtype) {
    return dtype.bytes();
  }
}
