package bandlimit.backend.cuda;

/// What a caller may choose about this backend.
///
/// @param tf32 whether float32 convolutions and products may round their factors to tf32 for the
///   tensor cores; sums stay float32
/// @param graphs whether a plan is captured once and replayed; off, its launches go one by one,
///   with the same bits
public record CudaOptions(boolean tf32, Conv conv, boolean graphs) {
  /// Full precision, each convolution by the measured table, captured plans.
  public static final CudaOptions DEFAULT = new CudaOptions(false, Conv.AUTO, true);

  /// Whose convolutions run.
  public enum Conv {
    /// By the measured table.
    AUTO,
    /// Our own kernels only.
    NATIVE,
    /// cuDNN's wherever it has one.
    CUDNN
  }

  public CudaOptions withTf32(boolean changed) {
    return new CudaOptions(changed, conv, graphs);
  }

  public CudaOptions withConv(Conv changed) {
    return new CudaOptions(tf32, changed, graphs);
  }

  public CudaOptions withGraphs(boolean changed) {
    return new CudaOptions(tf32, conv, changed);
  }
}
