package bandlimit.device;

import bandlimit.backend.Backend;
import bandlimit.backend.cpu.CpuBackend;
import bandlimit.backend.cuda.CudaBackend;
import bandlimit.backend.cuda.CudaOptions;
import bandlimit.backend.reference.ReferenceBackend;
import bandlimit.config.TrainConfig;
import bandlimit.error.DeviceException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;

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

  /// The device that `config` names, with the choices it makes.
  public static Choice open(TrainConfig config) {
    var name = config.device().name().toLowerCase(Locale.ROOT).replace('_', '-');
    return open(name, DeviceOptions.of(config));
  }

  public static Choice open(String name) {
    return open(name, DeviceOptions.DEFAULT);
  }

  /// The device `name`: auto, cpu, reference, cuda or cuda-emulated.
  public static Choice open(String name, DeviceOptions options) {
    return open(name, options.cuda());
  }

  private static Choice open(String name, CudaOptions options) {
    return switch (name) {
      case "auto" -> automatic(options);
      case "cpu" -> new Choice(new CpuBackend(), "chosen");
      case "reference" -> new Choice(new ReferenceBackend(), "chosen");
      case "cuda" -> new Choice(cuda(options), "chosen");
      case "cuda-emulated" ->
          new Choice(
              CudaBackend.emulated(
                  EmulatorLibrary.find()
                      .orElseThrow(() -> new DeviceException(EmulatorLibrary.MISSING)),
                  options),
              "chosen");
      default ->
          throw new DeviceException(
              "no device %s; there are auto, cpu, reference, cuda, cuda-emulated".formatted(name));
    };
  }

  /// The GPU where it can be used, the processor and why where not.
  private static Choice automatic(CudaOptions options) {
    var problem = CudaDriver.find().problem();
    if (problem.isPresent()) {
      return new Choice(new CpuBackend(), "auto: " + problem.get().why());
    }
    try {
      return new Choice(CudaBackend.open(options), "auto: there is a GPU");
    } catch (DeviceException e) {
      return new Choice(new CpuBackend(), "auto: " + e.getMessage());
    }
  }

  /// A device opened with one choice made otherwise.
  ///
  /// @param exact whether its results are the usual ones to the bit, or to rounding
  public record Variant(String name, Supplier<Choice> open, boolean exact) {}

  /// The other ways to open a device that gives the same results; for finding out who is wrong.
  public static List<Variant> variants(String name) {
    return switch (name) {
      case "cpu" ->
          List.of(
              new Variant("one thread", () -> new Choice(new CpuBackend(1), "chosen"), true),
              ofCpu("kernels in Java", CpuBackend.Kernels.JAVA));
      case "cuda" -> {
        var variants = new ArrayList<>(ourOwn(name));
        var conv = CudaOptions.DEFAULT.withConv(CudaOptions.Conv.NATIVE);
        variants.add(variant(name, "no cuBLAS, no cuDNN", conv, false));
        yield variants;
      }
      case "cuda-emulated" -> ourOwn(name);
      default -> List.of();
    };
  }

  private static Variant ofCpu(String name, CpuBackend.Kernels kernels) {
    return new Variant(
        name,
        () -> new Choice(new CpuBackend(CpuBackend.defaultThreads(), kernels), "chosen"),
        false);
  }

  private static List<Variant> ourOwn(String name) {
    return List.of(
        variant(name, "uncaptured", CudaOptions.DEFAULT.withGraphs(false), true),
        variant(name, "ungrouped", CudaOptions.DEFAULT.withGroups(false), true),
        variant(name, "plain kernels", CudaOptions.DEFAULT.withFast(false), false));
  }

  private static Variant variant(String device, String name, CudaOptions options, boolean exact) {
    return new Variant(name, () -> open(device, options), exact);
  }

  /// JCuda's classes are not touched before the driver is known to work: they stay broken after a
  /// first failure.
  private static CudaBackend cuda(CudaOptions options) {
    CudaDriver.find()
        .problem()
        .ifPresent(
            problem -> {
              throw new DeviceException(
                  "device: cuda cannot be used: %s; or use device: cpu, or device: auto to let Bandlimit choose; `bandlimit doctor` shows what this machine has"
                      .formatted(problem));
            });
    return CudaBackend.open(options);
  }
}
