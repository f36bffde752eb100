package bandlimit.device;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/// What this computer is, as far as the operating system tells.
///
/// @param instructions the vector instruction sets that matter here, of those the CPU has
public record Machine(
    String java, String os, String cpu, int cores, long memoryBytes, List<String> instructions) {
  private static final List<String> VECTOR_FLAGS =
      List.of("avx2", "fma", "avx512f", "avx512bw", "avx512_bf16", "amx_bf16", "asimd", "sve");

  public static Machine here() {
    var cpuInfo = lines(Path.of("/proc/cpuinfo"));
    var flags = field(cpuInfo, "flags").or(() -> field(cpuInfo, "Features")).orElse("");
    var present = List.of(flags.split(" "));
    return new Machine(
        Runtime.version() + " (" + System.getProperty("java.vendor") + ")",
        "%s %s %s"
            .formatted(
                System.getProperty("os.name"),
                System.getProperty("os.version"),
                System.getProperty("os.arch")),
        field(cpuInfo, "model name").orElse("unknown"),
        Runtime.getRuntime().availableProcessors(),
        memory("MemTotal"),
        VECTOR_FLAGS.stream().filter(present::contains).toList());
  }

  /// Bytes of memory that programs can still have; 0 where the system does not tell.
  public static long availableMemory() {
    return memory("MemAvailable");
  }

  /// What this process may use at most where that is less than the machine has: a container's
  /// limit.
  public static Optional<Long> memoryLimit() {
    return lines(Path.of("/sys/fs/cgroup/memory.max")).stream()
        .filter(line -> line.matches("\\d+"))
        .map(Long::valueOf)
        .findFirst();
  }

  private static long memory(String name) {
    return field(lines(Path.of("/proc/meminfo")), name)
        .map(text -> Long.parseLong(text.replaceAll("\\D", "")) * 1024)
        .orElse(0L);
  }

  /// The commit of the working directory, with `+` where it has changes; empty outside a checkout
  /// or without git.
  public static String commit() {
    return git("rev-parse", "--short=12", "HEAD")
        .map(
            c ->
                c + git("status", "--porcelain").filter(s -> !s.isEmpty()).map(_ -> "+").orElse(""))
        .orElse("");
  }

  private static Optional<String> git(String... arguments) {
    var command = new java.util.ArrayList<>(List.of("git"));
    command.addAll(List.of(arguments));
    try {
      var process =
          new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
      var text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      boolean ended = process.waitFor(5, TimeUnit.SECONDS);
      return ended && process.exitValue() == 0 ? Optional.of(text.strip()) : Optional.empty();
    } catch (IOException e) {
      return Optional.empty(); // no git here: the commit is a courtesy
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.empty();
    }
  }

  private static List<String> lines(Path file) {
    try {
      return Files.readAllLines(file);
    } catch (IOException e) {
      return List.of(); // not Linux: unknown is an answer
    }
  }

  private static Optional<String> field(List<String> lines, String name) {
    return lines.stream()
        .filter(line -> line.toLowerCase(Locale.ROOT).startsWith(name.toLowerCase(Locale.ROOT)))
        .map(line -> line.substring(line.indexOf(':') + 1).strip())
        .findFirst();
  }
}
