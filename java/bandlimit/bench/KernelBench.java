package bandlimit.bench;

import bandlimit.backend.Backend;
import bandlimit.plan.Cost;
import bandlimit.plan.Plan;
import bandlimit.plan.Planner;
import bandlimit.plan.Slot;
import bandlimit.tensor.DType;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.SequencedMap;
import java.util.function.Consumer;

/// Times every [KernelCase] on a machine, against that machine's own copy and matrix product,
/// measured in the same run.
public final class KernelBench implements AutoCloseable {
  public static final List<String> COLUMNS =
      List.of(
          "case",
          "direction",
          "shape",
          "dtype",
          "kernels",
          "caches",
          "median_ms",
          "p10_ms",
          "p90_ms",
          "min_ms",
          "max_ms",
          "runs",
          "other_cpus",
          "peak_mib",
          "bytes",
          "gb_per_s",
          "tflop_per_s",
          "of_copy",
          "of_matmul",
          "device");

  /// How large a run is.
  ///
  /// @param batch samples in a map
  /// @param copyBytes of the copy that stands for memory's best
  /// @param product extent of the matrices that stand for arithmetic's best
  /// @param flushBytes rewritten before each run
  /// @param seconds for each case
  public record Scale(int batch, long copyBytes, int product, long flushBytes, double seconds) {
    public static final Scale GPU = new Scale(128, 1L << 28, 8192, 1L << 28, 0.5);
    public static final Scale CPU = new Scale(8, 1L << 28, 2048, 1L << 27, 1);
    public static final Scale TINY = new Scale(1, 1L << 14, 16, 1L << 12, 0);

    /// What this device can be asked.
    public static Scale of(Backend backend) {
      return switch (backend.name()) {
        case "cuda" -> GPU;
        case "cuda-emulated", "reference" -> TINY;
        default -> CPU;
      };
    }

    public Scale withSeconds(double seconds) {
      return new Scale(batch, copyBytes, product, flushBytes, seconds);
    }
  }

  /// @param bytes each input read once and each result written once: a perfect kernel's traffic
  public record Row(
      KernelCase measured, List<String> kernels, Timing time, long bytes, long flops) {
    public double gigabytesPerSecond() {
      return bytes / time.median() / 1e6;
    }

    public double teraflops() {
      return flops / time.median() / 1e9;
    }
  }

  private static final double CEILING_SECONDS = 0.5;

  private final Backend backend;
  private final Stopwatch watch;
  private final boolean warm;
  private final Row copy;
  private final Row product;

  /// Measures the ceilings, in the element type of the cases.
  ///
  /// @param warm whether cases find in the caches what their last run left there
  public KernelBench(Backend backend, Scale scale, DType dtype, boolean warm) {
    this.backend = backend;
    this.warm = warm;
    this.watch = new Stopwatch(backend, scale.flushBytes(), scale.seconds());
    double most = Math.min(scale.seconds(), CEILING_SECONDS);
    try (var ceilings = new Stopwatch(backend, scale.flushBytes(), most)) {
      this.copy = time(ceilings, KernelCases.copy(dtype, scale.copyBytes()));
      this.product = time(ceilings, KernelCases.product(dtype, scale.product()));
    }
  }

  public Row copy() {
    return copy;
  }

  public Row product() {
    return product;
  }

  public void run(List<KernelCase> cases, Consumer<Row> sink) {
    for (var measured : cases) {
      sink.accept(time(watch, measured));
    }
  }

  private Row time(Stopwatch watch, KernelCase measured) {
    var program = Planner.plan(List.of(measured.procedure()), backend);
    var plan = program.plan("case");
    try (var executable = backend.compile(program)) {
      Stopwatch.fill(executable, plan);
      var time = warm ? watch.warm(executable, plan) : watch.cold(executable, plan);
      var cost = plan.steps().stream().map(Cost::of).reduce(Cost.NONE, Cost::plus);
      var kernels = new ArrayList<String>();
      plan.steps().forEach(step -> kernels.addAll(backend.kernels(step)));
      return new Row(measured, kernels, time, traffic(plan), 2 * cost.macs());
    }
  }

  private static long traffic(Plan plan) {
    long in = plan.inputs().values().stream().map(Slot::type).mapToLong(t -> t.bytes()).sum();
    return in + plan.outputs().values().stream().map(Slot::type).mapToLong(t -> t.bytes()).sum();
  }

  /// The row as cells of [#COLUMNS].
  public SequencedMap<String, Object> cells(Row row) {
    var cells = new LinkedHashMap<String, Object>();
    cells.put("case", row.measured().name());
    cells.put("direction", row.measured().direction());
    cells.put("shape", row.measured().dims());
    cells.put("dtype", row.measured().dtype().name().toLowerCase(Locale.ROOT));
    cells.put("kernels", String.join(" ", row.kernels()));
    cells.put("caches", warm ? "warm" : "cold");
    row.time().into(cells);
    cells.put("bytes", row.bytes());
    cells.put("gb_per_s", Timing.number("%.1f", row.gigabytesPerSecond()));
    cells.put("tflop_per_s", Timing.number("%.3f", row.teraflops()));
    cells.put("of_copy", Timing.number("%.3f", ofCopy(row)));
    cells.put("of_matmul", Timing.number("%.3f", ofProduct(row)));
    cells.put("device", backend.describe());
    return cells;
  }

  public double ofCopy(Row row) {
    return row.gigabytesPerSecond() / copy.gigabytesPerSecond();
  }

  public double ofProduct(Row row) {
    return row.teraflops() / product.teraflops();
  }

  @Override
  public void close() {
    watch.close();
  }
}
