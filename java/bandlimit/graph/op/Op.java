package bandlimit.graph.op;

import bandlimit.error.ShapeException;
import bandlimit.graph.Gradients;
import bandlimit.graph.Node;
import bandlimit.tensor.TensorType;
import java.util.List;

/// What an operation means: result type and gradient. Static attributes only; tensors are inputs.
///
/// Machines live in the backends' switches over this list. Activations are NHWC, convolution
/// weights (out, kh, kw, in/groups). Ops are values: equal ops on equal inputs are one node.
public sealed interface Op
    permits Input,
        State,
        Constant,
        Conv2d,
        Conv2dInputGrad,
        Conv2dWeightGrad,
        Pad,
        Fold,
        Resample,
        IdealResample,
        Pointwise,
        PointwiseGrad,
        Polynomial,
        PolynomialGrad,
        PolynomialCoefficientGrad,
        Add,
        Mul,
        Scale,
        MaxPool,
        MaxPoolGrad,
        Moments,
        Normalize,
        ChannelGradSums,
        NormalizeGrad,
        Reduce,
        Expand,
        Reshape,
        Permute,
        Slice,
        Concat,
        Select,
        Cast,
        MatMul,
        Softmax,
        LogSoftmax,
        SoftmaxCrossEntropy,
        SoftmaxCrossEntropyGrad,
        OneHot,
        ArgmaxOneHot,
        PrepareImages,
        Dropout,
        Lerp,
        SquaredNorm,
        ClipFactor,
        SgdMomentum,
        SgdStep,
        AdamWStep,
        Part,
        FusedOp {

  /// The result's type; throws a [ShapeException] with the rule and the numbers.
  TensorType infer(List<TensorType> in);

  /// Contributes the cotangents of y's inputs, given `dy`, that of `y`.
  default void vjp(Node y, Node dy, Gradients to) {
    throw new UnsupportedOperationException(
        "%s: %s has no gradient rule".formatted(y.path(), getClass().getSimpleName()));
  }
}
