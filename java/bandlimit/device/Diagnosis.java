package bandlimit.device;

import bandlimit.backend.Backend;
import bandlimit.backend.cpu.CpuBackend;
import bandlimit.backend.cpu.NativeLibrary;
import bandlimit.backend.cuda.KernelImages;
import bandlimit.backend.reference.ReferenceBackend;
import bandlimit.error.BandlimitException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// What this machine offers Bandlimit, tried out and not only looked up.
///
/// @param unusable why the device that was asked for cannot be used; empty where it can
public record Diagnosis(List<Finding> findings, Optional<String> unusable) {
  /// One line of the answer.
  public record Finding(String about, String text) {}

  public Diagnosis {
    findings = List.copyOf(findings);
  }

  /// Tries everything; `device` (as in a config) decides what counts as unusable, `runs` is where
  /// runs would be written.
  public static Diagnosis of(String device, Path runs) {
    var examination = new Examination();
    examination.machine(runs);
    var cpu = examination.cpu();
    var cuda = examination.cuda();
    var unusable =
        switch (device) {
          case "auto" -> cuda.isEmpty() ? cuda : cpu;
          case "cpu" -> cpu;
          case "cuda" -> cuda;
          case "cuda-emulated" -> examination.tried(device);
          case "reference" -> Optional.<String>empty();
          default -> refusal(device);
        };
    examination.add(
        "device " + device,
        unusable.map(why -> "UNUSABLE: " + why).orElse("usable")
            + (device.equals("auto") ? cuda.isEmpty() ? ", as cuda" : ", as cpu" : ""));
    return new Diagnosis(examination.findings, unusable);
  }

  /// What [Devices] says to a device that there is not.
  private static Optional<String> refusal(String device) {
    try (var choice = Devices.open(device)) {
      return Optional.empty();
    } catch (BandlimitException e) {
      return Optional.of(String.valueOf(e.getMessage()));
    }
  }

  /// The findings while they are made.
  private static final class Examination {
    private static final String NEWER =
        "nvcc is newer than the driver, which may refuse what it made: NVRTC then compiles the"
            + " kernels";

    private final List<Finding> findings = new ArrayList<>();

    void add(String about, String text) {
      add(findings.size(), about, text);
    }

    private void add(int at, String about, String text) {
      findings.add(at, new Finding(about, text));
    }

    void machine(Path runs) {
      var machine = Machine.here();
      add("JDK", machine.java() + ", " + home(Path.of(System.getProperty("java.home"))));
      add("system", machine.os());
      add("processor", machine.cpu());
      add("cores", String.valueOf(machine.cores()));
      add(
          "instruction sets",
          machine.instructions().isEmpty()
              ? "none of note"
              : String.join(" ", machine.instructions()));
      add(
          "memory",
          "%s, %s free%s; Java heap up to %s"
              .formatted(
                  gib(machine.memoryBytes()),
                  gib(Machine.availableMemory()),
                  Machine.memoryLimit().map(limit -> ", limited to " + gib(limit)).orElse(""),
                  gib(Runtime.getRuntime().maxMemory())));
      add("disk for natives", disk(NativeLibrary.cache()));
      add("disk for runs", disk(runs));
    }

    /// Why the cpu device is unusable; empty where it works.
    Optional<String> cpu() {
      try (var cpu = new CpuBackend()) {
        for (var library : NativeLibrary.load()) {
          add(library.name(), library.version() + ", " + home(library.file()));
        }
        add("threads", cpu.threads() + threadsFrom());
        add("self-test", SelfTest.CONTENT);
        add("cpu", cpu.describe());
        int threads = cpu.threads();
        int others = threads == 1 ? 2 : 1;
        return verdict(
            "the cpu device",
            agreement(cpu),
            repeatability(
                "in two runs, and with %d thread%s".formatted(others, others == 1 ? "" : "s"),
                List.of(
                    () -> new CpuBackend(threads),
                    () -> new CpuBackend(threads),
                    () -> new CpuBackend(others))));
      } catch (BandlimitException e) {
        add("cpu", "UNUSABLE: " + e.getMessage());
        return Optional.of(String.valueOf(e.getMessage()));
      }
    }

    private static Optional<String> verdict(
        String device, Optional<String> agreement, Optional<String> repeatability) {
      return Stream.of(agreement, repeatability)
          .flatMap(Optional::stream)
          .reduce((a, b) -> a + " and " + b)
          .map(faults -> device + " " + faults);
    }

    private Optional<String> agreement(Backend tested) {
      try (var reference = new ReferenceBackend()) {
        var result = SelfTest.agrees(reference, tested);
        add(
            "  against reference",
            String.format(
                Locale.ROOT,
                "%s: largest relative difference %.1e (%s), allowed %.0e",
                word(result),
                result.difference(),
                result.where(),
                SelfTest.TOLERANCE));
        return result.passed()
            ? Optional.empty()
            : Optional.of("computes %s wrongly".formatted(result.where()));
      }
    }

    private Optional<String> repeatability(String how, List<Supplier<Backend>> runs) {
      var result = SelfTest.repeats(runs);
      add(
          "  repeatable",
          word(result)
              + (result.passed()
                  ? ": every bit equal " + how
                  : ": %s differs by %.1e".formatted(result.where(), result.difference())));
      return result.passed()
          ? Optional.empty()
          : Optional.of("does not repeat %s bit for bit".formatted(result.where()));
    }

    private static String word(SelfTest.Result result) {
      return result.passed() ? "pass" : "FAIL";
    }

    private static String threadsFrom() {
      if (System.getProperty("bandlimit.threads") != null) {
        return " (-Dbandlimit.threads)";
      }
      return System.getenv("BANDLIMIT_THREADS") != null ? " (BANDLIMIT_THREADS)" : " (one a core)";
    }

    /// Why the cuda device is unusable; empty where it works.
    Optional<String> cuda() {
      var driver = CudaDriver.find();
      add(
          CudaDriver.LIBRARY,
          driver
              .file()
              .map(file -> driver.versionText() + ", " + file)
              .orElseGet(() -> "not found; searched " + String.join(", ", CudaDriver.searched())));
      for (var gpu : driver.gpus()) {
        add(
            "GPU " + gpu.index(),
            "%s, capability %s, %s%s"
                .formatted(
                    gpu.name(),
                    gpu.capabilityText(),
                    gib(gpu.memoryBytes()),
                    gpu.supported() ? "" : ": too old, the kernels need 8.0"));
      }
      if (driver.found()) { // without a driver they are of no use
        for (var library : CudaLibrary.values()) {
          add(library.file, library.report());
        }
      }
      add("kernel images", images(driver));
      if (driver.problem().isPresent()) {
        var problem = driver.problem().get();
        add("cuda", "UNUSABLE: " + problem);
        return Optional.of("device: cuda cannot be used: " + problem);
      }
      return tried("cuda");
    }

    /// Opens a device and has it compute; why it is unusable, or empty.
    Optional<String> tried(String device) {
      try (var choice = Devices.open(device)) {
        var agreement = agreement(choice.backend());
        add(findings.size() - 1, device, choice.backend().describe()); // knows its kernels by now
        return verdict(
            "the %s device".formatted(device),
            agreement,
            repeatability(
                "in two runs",
                List.of(
                    () -> Devices.open(device).backend(), () -> Devices.open(device).backend())));
      } catch (BandlimitException e) {
        add(device, "UNUSABLE: " + e.getMessage());
        return Optional.of(String.valueOf(e.getMessage()));
      }
    }

    private static String images(CudaDriver driver) {
      var images = KernelImages.find();
      if (images.isEmpty()) {
        return "none, this program was built without nvcc: NVRTC compiles kernels when they are"
            + " first used";
      }
      var built = images.get();
      var text =
          "%s by nvcc %s, %d files"
              .formatted(
                  String.join(" ", built.architectures()),
                  built.compiler(),
                  built.digests().size());
      if (!built.stale().isEmpty()) {
        text +=
            ", OF OTHER SOURCES: %s; run `native/build`".formatted(String.join(" ", built.stale()));
      }
      if (!driver.gpus().isEmpty()) {
        text +=
            built
                .serving(driver.gpus().getFirst().capability())
                .map(image -> "; GPU 0 runs " + image)
                .orElse("; none for GPU 0: NVRTC compiles kernels for it");
      }
      return text + (built.newerThan(driver.version()) ? "; " + NEWER : "");
    }

    private static String disk(Path folder) {
      var there = folder.toAbsolutePath().normalize();
      while (there.getParent() != null && !Files.exists(there)) {
        there = there.getParent();
      }
      try {
        var free = gib(Files.getFileStore(there).getUsableSpace()) + " free";
        return "%s%s, %s"
            .formatted(free, Files.isWritable(there) ? "" : ", NOT WRITABLE", home(folder));
      } catch (IOException e) {
        return "unknown (" + e + "), " + home(folder);
      }
    }

    /// The path without the user's name, which need not go into an issue.
    private static String home(Path path) {
      var home = Path.of(System.getProperty("user.home"));
      var whole = path.toAbsolutePath().normalize();
      return home.getNameCount() > 0 && whole.startsWith(home)
          ? Path.of("~").resolve(home.relativize(whole)).toString()
          : whole.toString();
    }

    private static String gib(long bytes) {
      return String.format(Locale.ROOT, "%.1f GiB", bytes / 0x1p30);
    }
  }

  /// The findings as aligned lines.
  public String print() {
    int width = findings.stream().mapToInt(f -> f.about().length()).max().orElse(0);
    return findings.stream()
        .map(
            f ->
                (f.about() + " ".repeat(width - f.about().length() + 2) + f.text()).stripTrailing())
        .collect(Collectors.joining("\n", "", "\n"));
  }
}
