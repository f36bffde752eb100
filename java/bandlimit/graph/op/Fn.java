package bandlimit.graph.op;

/// Functions of one number. `fromOutput`: the derivative is written in terms of y, so x need not be
/// kept.
public enum Fn {
  RELU(true),
  RELU6(true),
  /// Exact: x * Phi(x) with the Gaussian distribution function, not the tanh approximation.
  GELU(false),
  GELU_TANH(false),
  SILU(false),
  SIGMOID(true),
  TANH(true),
  EXP(true),
  LOG(false),
  SQUARE(false),
  /// 1 where finite, 0 where NaN or infinite; no gradient.
  IS_FINITE(true);

  private final boolean fromOutput;

  Fn(boolean fromOutput) {
    this.fromOutput = fromOutput;
  }

  public boolean fromOutput() {
    return fromOutput;
  }
}
