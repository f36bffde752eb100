package bandlimit.backend.cpu;

import bandlimit.graph.op.Fn;
import bandlimit.graph.op.FusedOp;
import bandlimit.graph.op.Op;
import bandlimit.graph.op.PointwiseGrad;
import bandlimit.plan.Step;
import bandlimit.tensor.TensorType;
import java.util.List;
import java.util.Optional;

/// Which ops have a kernel in `native/cpu`: one line for each; what has none runs in Java.
final class NativeSteps {
  private NativeSteps() {}

  /// Whether there is a kernel for this fused op.
  static boolean has(FusedOp op) {
    return switch (op) {
      default -> false;
    };
  }

  /// Bytes of scratch memory that the kernel for this op wants; empty where there is no kernel.
  static Optional<Long> scratchBytes(Op op, List<TensorType> in, TensorType out) {
    return Optional.empty();
  }

  /// The step's kernel, if there is one for its op and shapes.
  static Optional<Kernel> prepare(Step step, NativeSite site) {
    return switch (step.op()) {
      case PointwiseGrad(Fn fn) when fn == Fn.RELU -> ReluNative.gradient(site);
      default -> Optional.empty();
    };
  }
}
