package bandlimit.device;

import bandlimit.backend.Backend;
import bandlimit.backend.cpu.CpuBackend;
import bandlimit.backend.cpu.NativeLibrary;
import bandlimit.backend.reference.ReferenceBackend;
import bandlimit.error.BandlimitException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

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
    examination.cuda();
    var unusable =
        switch (device) {
          case "auto", "cpu" -> cpu;
          case "reference" -> Optional.<String>empty();
          default -> refusal(device);
        };
    examination.add(
        "device " + device,
        unusable.map(why -> "UNUSABLE: " + why).orElseGet(() -> "usable" + chosen(device)));
    return new Diagnosis(examination.findings, unusable);
  }

  private static String chosen(String device) {
    return device.equals("auto")
        ? Devices.whyNotCuda().map(why -> ", as cpu: " + why).orElse(", as cuda")
        : "";
  }

  /// What [Devices] says to a device that it does not open.
  private static Optional<String> refusal(String device) {
    try (var choice = Devices.open(device)) {
      return Optional.empty();
    } catch (BandlimitException e) {
      return Optional.of(String.valueOf(e.getMessage()));
    }
  }

  /// The findings while they are made.
  private static final class Examination {
    private final List<Finding> findings = new ArrayList<>();

    void add(String about, String text) {
      findings.add(new Finding(about, text));
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
        add("cpu", cpu.describe());
        add("self-test", SelfTest.CONTENT);
        var faults = new ArrayList<String>();
        agreement(cpu).ifPresent(faults::add);
        repeatability(cpu.threads()).ifPresent(faults::add);
        return faults.isEmpty()
            ? Optional.empty()
            : Optional.of("the cpu device " + String.join(" and ", faults));
      } catch (BandlimitException e) {
        add("cpu", "UNUSABLE: " + e.getMessage());
        return Optional.of(String.valueOf(e.getMessage()));
      }
    }

    private Optional<String> agreement(Backend cpu) {
      try (var reference = new ReferenceBackend()) {
        var result = SelfTest.agrees(reference, cpu);
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

    private Optional<String> repeatability(int threads) {
      var result =
          SelfTest.repeats(
              List.of(
                  () -> new CpuBackend(threads),
                  () -> new CpuBackend(threads),
                  () -> new CpuBackend(threads == 1 ? 2 : 1)));
      add(
          "  repeatable",
          word(result)
              + (result.passed()
                  ? ": every bit equal in two runs, and with %d thread%s"
                      .formatted(threads == 1 ? 2 : 1, threads == 1 ? "s" : "")
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

    void cuda() {
      var driver = CudaDriver.find();
      add(
          CudaDriver.LIBRARY,
          driver
              .file()
              .map(file -> driver.versionText() + ", " + file)
              .orElseGet(() -> "not found; searched " + String.join(", ", CudaDriver.searched())));
      add("cuda", Devices.whyNotCuda().map(why -> "UNUSABLE: " + why).orElse("usable"));
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
