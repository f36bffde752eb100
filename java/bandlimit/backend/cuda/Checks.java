package bandlimit.backend.cuda;

import bandlimit.error.DeviceException;
import jcuda.driver.CUresult;

/// Looks at every status: a call's own mistake, or the fault of an earlier launch.
record Checks(Faults faults) {
  void ok(String call, int status) {
    if (status != CUresult.CUDA_SUCCESS) {
      throw failed(call, status);
    }
  }

  DeviceException failed(String call, int status) {
    return Status.isFault(status)
        ? faults.fault(status)
        : new DeviceException("cuda: %s says: %s".formatted(call, Status.text(status)));
  }

  /// For closing: after a fault every call fails, and the first has been reported.
  void ignore(int status) {
    assert status >= 0;
  }
}
