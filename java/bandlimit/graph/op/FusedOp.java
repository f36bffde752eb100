package bandlimit.graph.op;

/// Several core ops in one step, made by the plan's `Fuse` pass where a backend says it has them.
/// Gradients are taken before fusion, so autograd never meets one.
public sealed interface FusedOp extends Op permits NormalizeRelu {}
