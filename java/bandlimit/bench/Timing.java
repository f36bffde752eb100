package bandlimit.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.SequencedMap;
import java.util.TreeMap;
import java.util.function.LongSupplier;

/// How long one thing takes once it is warm, and what disturbed the measurement.
///
/// Uses nothing but the JDK: the same file times libtorch (`tests/bench/torch`), so that a
/// comparison has one clock, one warm-up and one way to count.
///
/// @param median milliseconds, as are `p10`, `p90`, `fastest` and `slowest`
/// @param otherCpus processors that other processes kept busy meanwhile; NaN where the system does
///   not say
/// @param peakMib largest resident memory of this process so far; NaN where the system does not say
public record Timing(
    double median,
    double p10,
    double p90,
    double fastest,
    double slowest,
    int runs,
    double otherCpus,
    double peakMib) {
  private static final int MOST = 100_000;
  private static final int LEAST = 5;
  private static final int USER_HZ = 100; // what /proc/stat counts in, whatever the kernel's clock

  /// Runs `once`, which returns the nanoseconds it took, for half of `seconds` unmeasured and at
  /// least twice, then for `seconds` and at least five times.
  public static Timing of(double seconds, LongSupplier once) {
    return inTurns(seconds, 1, List.of(once)).getFirst();
  }

  /// The same of each of `jobs`, which take turns: what slows the machine for a while slows all of
  /// them, and their ratios stay. The first run of a turn is not measured: its caches are the
  /// others'.
  public static List<Timing> inTurns(double seconds, int turns, List<LongSupplier> jobs) {
    for (LongSupplier job : jobs) {
      long start = System.nanoTime();
      for (int i = 0; i < 2 || System.nanoTime() - start < 0.5e9 * seconds; i++) {
        long unused = job.getAsLong();
      }
    }
    double busy = busySeconds();
    double own = ownSeconds();
    long begin = System.nanoTime();
    var runs = jobs.stream().map(Runs::new).toList();
    for (int turn = 0; turn < turns; turn++) {
      for (Runs each : runs) {
        if (turns > 1) {
          long unused = each.job.getAsLong();
        }
        each.go(seconds / turns, Math.ceilDiv(LEAST, turns));
      }
    }
    double wall = (System.nanoTime() - begin) / 1e9;
    double others = busySeconds() - busy - (ownSeconds() - own);
    double peak = peakNow();
    return runs.stream().map(each -> each.timing(others / wall, peak)).toList();
  }

  /// What the runs of a job took.
  private static final class Runs {
    private final LongSupplier job;
    private final double[] millis = new double[MOST];
    private int n;

    Runs(LongSupplier job) {
      this.job = job;
    }

    void go(double seconds, int least) {
      int most = n + least;
      long start = System.nanoTime();
      while (n < MOST && (n < most || System.nanoTime() - start < 1e9 * seconds)) {
        millis[n++] = job.getAsLong() / 1e6;
      }
    }

    Timing timing(double others, double peak) {
      var sorted = Arrays.copyOf(millis, n);
      Arrays.sort(sorted);
      return new Timing(
          quantile(sorted, 0.5),
          quantile(sorted, 0.1),
          quantile(sorted, 0.9),
          sorted[0],
          sorted[n - 1],
          n,
          Math.max(0, others), // NaN stays
          peak);
    }
  }

  /// Of a job that does not time itself.
  public static Timing of(double seconds, Runnable once) {
    return of(
        seconds,
        () -> {
          long begin = System.nanoTime();
          once.run();
          return System.nanoTime() - begin;
        });
  }

  private static double quantile(double[] sorted, double share) {
    double at = share * (sorted.length - 1);
    int low = (int) at;
    int high = Math.min(low + 1, sorted.length - 1);
    return sorted[low] + (at - low) * (sorted[high] - sorted[low]);
  }

  /// As cells of a table or fields of JSON; what the system does not say is left out.
  public void into(SequencedMap<String, Object> cells) {
    cells.put("median_ms", number("%.4f", median));
    cells.put("p10_ms", number("%.4f", p10));
    cells.put("p90_ms", number("%.4f", p90));
    cells.put("min_ms", number("%.4f", fastest));
    cells.put("max_ms", number("%.4f", slowest));
    cells.put("runs", runs);
    if (!Double.isNaN(otherCpus)) {
      cells.put("other_cpus", number("%.2f", otherCpus));
    }
    if (!Double.isNaN(peakMib)) {
      cells.put("peak_mib", number("%.0f", peakMib));
    }
  }

  /// Rounded; a number in JSON and in a table.
  static BigDecimal number(String format, double value) {
    return new BigDecimal(String.format(Locale.ROOT, format, value));
  }

  /// Processor seconds of the whole machine, time stolen by its host counted: less our own, it is
  /// how much a measurement was disturbed.
  private static double busySeconds() {
    var stat = Path.of("/proc/stat");
    if (!Files.isReadable(stat)) {
      return Double.NaN;
    }
    var fields = text(stat).lines().findFirst().orElseThrow().strip().split("\\s+");
    long ticks = 0;
    for (int i = 1; i <= 8; i++) {
      ticks += i == 4 || i == 5 ? 0 : Long.parseLong(fields[i]); // not idle, not waiting
    }
    return (double) ticks / USER_HZ;
  }

  private static double ownSeconds() {
    var spent = ProcessHandle.current().info().totalCpuDuration();
    return spent.map(duration -> duration.toNanos() / 1e9).orElse(Double.NaN);
  }

  private static double peakNow() {
    var status = Path.of("/proc/self/status");
    if (!Files.isReadable(status)) {
      return Double.NaN;
    }
    var fields = new TreeMap<String, String>();
    text(status)
        .lines()
        .map(line -> line.split(":\\s*", 2))
        .filter(parts -> parts.length == 2)
        .forEach(parts -> fields.put(parts[0], parts[1]));
    var peak = fields.getOrDefault("VmHWM", "").split(" ", 2)[0];
    return peak.isEmpty() ? Double.NaN : Long.parseLong(peak) / 1024.0;
  }

  private static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
