package bandlimit.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.function.DoubleSupplier;

/// Times training steps and prints one line of JSON: the same file measures Bandlimit's step and
/// libtorch's (tests/bench/torch), so it may use nothing but the JDK.
public final class StepTimer {
  private static final int CHECKED_STEPS = 5;

  private StepTimer() {}

  /// Number `j` of the values that a tensor starts from: uniform within -1..1, the same in both
  /// programs.
  public static double uniform(String tensor, long j) {
    long z = tensor.hashCode() * 0x9e3779b97f4a7c15L + (j + 1) * 0xd1b54a32d192ed03L;
    z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L; // SplitMix64's mixing
    z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
    return ((z ^ (z >>> 31)) >> 11) * 0x1p-52;
  }

  /// The byte at place `j` of the images, in the order (n, h, w, c).
  public static int pixel(long j) {
    return (int) (127.5 + 127.49 * uniform("images", j));
  }

  /// Runs `step`, which returns its loss, and prints `head` (JSON fields), the losses of the first
  /// steps, and how long a step takes after a warm-up of half the `seconds`.
  public static void run(String head, int batch, double seconds, DoubleSupplier step) {
    var losses = new StringBuilder();
    for (int i = 0; i < CHECKED_STEPS; i++) {
      losses.append(i == 0 ? "" : ",").append(text("%.6f", step.getAsDouble()));
    }
    long start = System.nanoTime();
    while (System.nanoTime() - start < 0.5e9 * seconds) {
      once(step);
    }
    var load = load();
    double busy = busySeconds();
    double own = ownSeconds();
    var millis = new double[100_000];
    int n = 0;
    start = System.nanoTime();
    while (n < millis.length && (n < 10 || System.nanoTime() - start < 1e9 * seconds)) {
      long begin = System.nanoTime();
      once(step);
      millis[n++] = (System.nanoTime() - begin) / 1e6;
    }
    double wall = (System.nanoTime() - start) / 1e9;
    own = ownSeconds() - own;
    double others = Math.max(0, busySeconds() - busy - own) / wall;
    millis = Arrays.copyOf(millis, n);
    Arrays.sort(millis);
    System.out.println(
        "{%s,\"batch\":%d,".formatted(head, batch)
            + text(
                "\"images_per_s\":%.1f,\"median_ms\":%.2f,\"p10_ms\":%.2f,\"p90_ms\":%.2f,",
                batch * 1e3 / quantile(millis, 0.5),
                quantile(millis, 0.5),
                quantile(millis, 0.1),
                quantile(millis, 0.9))
            + text("\"steps\":%d,\"load_1min\":%s,\"other_cpus\":%.2f,", n, load, others)
            + "\"losses\":["
            + losses
            + "]}");
    System.out.flush();
  }

  /// A step on numbers that are none would be fast and mean nothing.
  private static void once(DoubleSupplier step) {
    double loss = step.getAsDouble();
    if (!Double.isFinite(loss)) {
      throw new IllegalStateException("the loss is " + loss);
    }
  }

  private static String text(String format, Object... arguments) {
    return String.format(Locale.ROOT, format, arguments);
  }

  private static double quantile(double[] sorted, double share) {
    double at = share * (sorted.length - 1);
    int low = (int) at;
    int high = Math.min(low + 1, sorted.length - 1);
    return sorted[low] + (at - low) * (sorted[high] - sorted[low]);
  }

  private static String load() {
    return line("/proc/loadavg").split(" ", 2)[0];
  }

  /// Processor seconds of the whole machine, time stolen by its host counted: less our own, it is
  /// how much a measurement was disturbed.
  private static double busySeconds() {
    var fields = line("/proc/stat").strip().split("\\s+");
    long ticks = 0;
    for (int i = 1; i <= 8; i++) {
      ticks += i == 4 || i == 5 ? 0 : Long.parseLong(fields[i]); // not idle, not waiting
    }
    return ticks / 100.0;
  }

  private static double ownSeconds() {
    return ProcessHandle.current().info().totalCpuDuration().orElseThrow().toNanos() / 1e9;
  }

  private static String line(String file) {
    try (var lines = Files.lines(Path.of(file))) {
      return lines.findFirst().orElseThrow();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
