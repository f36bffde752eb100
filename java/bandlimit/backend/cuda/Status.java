package bandlimit.backend.cuda;

import java.util.Set;
import jcuda.driver.CUresult;
import jcuda.driver.JCudaDriver;

/// What the driver answers to a call.
final class Status {
  /// Answers that tell of an earlier launch, not of the call that got them; the context is lost.
  private static final Set<Integer> FAULTS =
      Set.of(
          CUresult.CUDA_ERROR_ECC_UNCORRECTABLE,
          CUresult.CUDA_ERROR_ILLEGAL_ADDRESS,
          CUresult.CUDA_ERROR_LAUNCH_TIMEOUT,
          CUresult.CUDA_ERROR_ASSERT,
          CUresult.CUDA_ERROR_HARDWARE_STACK_ERROR,
          CUresult.CUDA_ERROR_ILLEGAL_INSTRUCTION,
          CUresult.CUDA_ERROR_MISALIGNED_ADDRESS,
          CUresult.CUDA_ERROR_INVALID_ADDRESS_SPACE,
          CUresult.CUDA_ERROR_INVALID_PC,
          CUresult.CUDA_ERROR_LAUNCH_FAILED,
          CUresult.CUDA_ERROR_UNKNOWN);

  private Status() {}

  static boolean isFault(int status) {
    return FAULTS.contains(status);
  }

  /// `an illegal memory access was encountered (CUDA_ERROR_ILLEGAL_ADDRESS, 700)`.
  static String text(int status) {
    var sentence = new String[1];
    int told = JCudaDriver.cuGetErrorString(status, sentence);
    var name = CUresult.stringFor(status);
    return told == CUresult.CUDA_SUCCESS && sentence[0] != null
        ? "%s (%s, %d)".formatted(sentence[0], name, status)
        : "%s (%d)".formatted(name, status);
  }
}
