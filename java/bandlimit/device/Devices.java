package bandlimit.device;

import bandlimit.backend.Backend;
import bandlimit.backend.cpu.CpuBackend;
import bandlimit.backend.cuda.CudaBackend;
import bandlimit.backend.cuda.CudaOptions;
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
              "device: cuda cannot be used: %s; or use device: cpu, or device: auto to let Bandlimit choose; `bandlimit doctor` shows what this machine has"
                  .formatted(noCuda()));
      case "cuda-emulated" ->
          new Choice(
              CudaBackend.emulated(
                  EmulatorLibrary.find()
                      .orElseThrow(() -> new DeviceException(EmulatorLibrary.MISSING)),
                  CudaOptions.DEFAULT),
              "chosen");
      default ->
          throw new DeviceException(
              "no device %s; there are auto, cpu, reference, cuda, cuda-emulated".formatted(name));
    };
  }

  /// Why the CUDA device cannot be used here, short enough for a log.
  static String whyNotCuda() {
    return noCuda().why();
  }

  private static CudaDriver.Problem noCuda() {
    return CudaDriver.find()
        .problem()
        .orElse(
            new CudaDriver.Problem("this release has no CUDA device", "wait for the next release"));
  }
}
