package bandlimit.backend.cuda;

import bandlimit.error.DeviceException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import jcuda.driver.CUcontext;
import jcuda.driver.CUdevice;
import jcuda.driver.CUdevice_attribute;
import jcuda.driver.CUresult;
import jcuda.driver.JCudaDriver;

/// The first device that the driver shows, its primary context held: cuBLAS and cuDNN use the same.
///
/// Whether there is a usable one, and what to do where not, `device/CudaDriver.java` finds out
/// before: it needs no JCuda, whose classes stay broken after a first failure.
///
/// @param capability 90 for compute capability 9.0
/// @param version of the CUDA that the driver serves: 12060 is 12.6
record Driver(
    CUdevice device, CUcontext context, String name, int capability, int version, long bytes)
    implements AutoCloseable {
  static final String LIBRARY = "libcuda.so.1";

  /// @throws DeviceException in one paragraph, where there is no usable device
  static Driver open() {
    Jcuda.load(Jcuda.Part.DRIVER)
        .ifPresent(
            why -> {
              throw unusable("JCuda does not load: " + why);
            });
    check("cuInit", JCudaDriver.cuInit(0));
    return first();
  }

  private static Driver first() {
    var device = new CUdevice();
    check("cuDeviceGet", JCudaDriver.cuDeviceGet(device, 0));
    var name = name(device);
    int capability =
        10 * attribute(device, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR)
            + attribute(device, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR);
    var bytes = new long[1];
    check("cuDeviceTotalMem", JCudaDriver.cuDeviceTotalMem(bytes, device));
    var context = new CUcontext();
    int status = JCudaDriver.cuDevicePrimaryCtxRetain(context, device);
    if (status == CUresult.CUDA_ERROR_OUT_OF_MEMORY) {
      throw unusable(name + " has no memory left even for a context: other programs use it");
    }
    check("cuDevicePrimaryCtxRetain", status);
    var version = new int[1];
    check("cuDriverGetVersion", JCudaDriver.cuDriverGetVersion(version));
    return new Driver(device, context, name, capability, version[0], bytes[0]);
  }

  private static String name(CUdevice device) {
    var text = new byte[256];
    check("cuDeviceGetName", JCudaDriver.cuDeviceGetName(text, text.length, device));
    int end = 0;
    while (end < text.length && text[end] != 0) {
      end++;
    }
    return new String(text, 0, end, StandardCharsets.UTF_8);
  }

  private static int attribute(CUdevice device, int attribute) {
    var value = new int[1];
    check("cuDeviceGetAttribute", JCudaDriver.cuDeviceGetAttribute(value, attribute, device));
    return value[0];
  }

  /// Dynamic shared memory that one block may ask for.
  int sharedBytes() {
    return attribute(
        device, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN);
  }

  /// `sm_90`.
  String architecture() {
    return "sm_" + capability;
  }

  /// `NVIDIA A100-SXM4-80GB, sm_80, 79.1 GiB, driver for CUDA 12.6`.
  String describe() {
    return String.format(
        Locale.ROOT,
        "%s, %s, %.1f GiB, driver for CUDA %s",
        name,
        architecture(),
        bytes / 0x1p30,
        version / 1000 + "." + version % 1000 / 10);
  }

  @Override
  public void close() {
    int ignored = JCudaDriver.cuDevicePrimaryCtxRelease(device); // nothing to be done about it
  }

  private static void check(String call, int status) {
    if (status != CUresult.CUDA_SUCCESS) {
      throw unusable("%s says: %s".formatted(call, Status.text(status)));
    }
  }

  private static DeviceException unusable(String why) {
    return new DeviceException(
        "device: cuda cannot be used: %s; use device: cpu; `bandlimit doctor` shows what this machine has"
            .formatted(why));
  }
}
