package bandlimit.backend.cuda;

import bandlimit.graph.op.Op;
import bandlimit.tensor.TensorType;
import java.util.List;

/// Other engines that a device may have beside our kernels. Ours run whatever these leave.
interface Libraries {
  Libraries NONE = new Libraries() {};

  /// What runs the step at `site`; empty where our kernels are to.
  default List<Work> run(Site site) {
    return List.of();
  }

  /// Whether they have convolutions: then a convolution is not fused with what follows, which only
  /// ours can do.
  default boolean convolve() {
    return false;
  }

  /// Bytes of scratch memory that [#run] will use.
  default long scratchBytes(CudaOptions options, Op op, List<TensorType> in, TensorType out) {
    return 0;
  }
}
