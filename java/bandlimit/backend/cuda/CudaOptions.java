package bandlimit.backend.cuda;

/// What a caller may choose about this backend.
///
/// @param tf32 whether float32 convolutions and products may round their factors to tf32 for the
///   tensor cores; sums stay float32
/// @param graphs whether a plan is captured once and replayed; off, its launches go one by one,
///   with the same bits
/// @param groups whether equal small updates of many tensors become one launch; off, each has its
///   own, with the same bits
/// @param fast whether the fast variants of kernels run where they fit; off, the plain ones do,
///   which are their oracle: for tests, and to find out who is wrong
public record CudaOptions(boolean tf32, Conv conv, boolean graphs, boolean groups, boolean fast) {
  /// Full precision, each convolution by the measured table, captured plans, the fast variants.
  public static final CudaOptions DEFAULT = new CudaOptions(false, Conv.AUTO, true, true, true);

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
    return new CudaOptions(changed, conv, graphs, groups, fast);
  }

  public CudaOptions withConv(Conv changed) {
    return new CudaOptions(tf32, changed, graphs, groups, fast);
  }

  public CudaOptions withGraphs(boolean changed) {
    return new CudaOptions(tf32, conv, changed, groups, fast);
  }

  public CudaOptions withGroups(boolean changed) {
    return new CudaOptions(tf32, conv, graphs, changed, fast);
  }

  public CudaOptions withFast(boolean changed) {
    return new CudaOptions(tf32, conv, graphs, groups, changed);
  }
}
