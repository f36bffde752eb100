package bandlimit.device;

import bandlimit.backend.Backend;
import bandlimit.backend.cpu.CpuBackend;
import bandlimit.backend.reference.ReferenceBackend;
import bandlimit.error.DeviceException;

/// Opens the device that a config or `--device` names. Nothing falls back silently: `cuda` fails
/// where it cannot be had, and `auto` says why it chose.
public final class Devices {
  private Devices() {}

  /// An open device, and why it is this one; the reason is a sentence for the log.
  public record Choice(Backend backend, String reason) implements AutoCloseable {
    @Override
    public void close() {
      backend.close();
    }
  }

  /// The device `name`: auto, cpu, reference, cuda or cuda-emulated.
  public static Choice open(String name) {
    return switch (name) {
      case "auto" -> new Choice(new CpuBackend(), "auto: " + whyNotCuda());
      case "cpu" -> new Choice(new CpuBackend(), "chosen");
      case "reference" -> new Choice(new ReferenceBackend(), "chosen");
      case "cuda" ->
          throw new DeviceException(
              "device: cuda cannot be used: %s; searched %s; use device: cpu, or device: auto to let"
                      .formatted(whyNotCuda(), String.join(", ", CudaDriver.searched()))
                  + " Bandlimit choose; `bandlimit doctor` shows what this machine has");
      case "cuda-emulated" ->
          throw new DeviceException(
              "device: cuda-emulated is not in this release; use device: cpu or device: reference");
      default ->
          throw new DeviceException(
              "no device %s; there are auto, cpu, reference, cuda, cuda-emulated".formatted(name));
    };
  }

  /// Why the CUDA device cannot be used here, in a few words.
  static String whyNotCuda() {
    return CudaDriver.find().found()
        ? "the NVIDIA driver is here, but this release has no CUDA kernels"
        : "no NVIDIA driver (%s is not found) and no CUDA kernels in this release"
            .formatted(CudaDriver.LIBRARY);
  }
}
