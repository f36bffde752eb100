package bandlimit.backend.cuda;

import jcuda.driver.CUstream;

/// A call into a library of NVIDIA's, which only a real device can make.
interface LibraryWork extends Work {
  /// Enqueues it, on the stream that runs or on one that is captured.
  void start(CUstream stream);
}
