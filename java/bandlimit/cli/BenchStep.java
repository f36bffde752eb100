package bandlimit.cli;

import bandlimit.backend.Backend;
import bandlimit.bench.KernelBench;
import bandlimit.bench.StepBench;
import bandlimit.config.TrainConfig;
import bandlimit.device.Devices;
import bandlimit.store.Csv;
import bandlimit.store.Json;
import bandlimit.tensor.DType;
import java.io.PrintWriter;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `bandlimit bench step CONFIG`.
@Command(
    name = "step",
    description =
        "Times the training step of a config on random images, and its kernels, as fractions of"
            + " the copy and the matrix product measured in the same run.",
    mixinStandardHelpOptions = true)
final class BenchStep implements Callable<Integer> {
  private static final List<String> COLUMNS =
      List.of("what", "steps", "ms", "p10_ms", "p90_ms", "other_cpus", "bytes", "macs");

  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "CONFIG", description = "A YAML file; its first variant is taken.")
  private Path config = Path.of("");

  @Mixin private Overrides overrides = new Overrides();

  @Mixin private NetworkOptions networks = new NetworkOptions();

  @Option(
      names = "--seconds",
      description = "How long, after half as long unmeasured; default ${DEFAULT-VALUE}.")
  private double seconds = 5;

  @Option(names = "--json", description = "One JSON object in place of text; no profile.")
  private boolean json;

  @Option(
      names = "--csv",
      paramLabel = "FILE",
      description = "Default: named by device and date; with --json none.")
  private Optional<Path> csv = Optional.empty();

  @Override
  public Integer call() {
    Bench.checkSeconds(spec, seconds);
    StepBench.registerPeers();
    var variant = overrides.load(config).variants().getFirst().config();
    networks.check(spec);
    var network = networks.network(variant, variant.model());
    try (var choice = Devices.open(variant)) {
      var backend = choice.backend();
      var path =
          json && csv.isEmpty()
              ? Optional.<Path>empty()
              : Optional.of(Bench.file(csv, "step-" + variant.model().name(), backend));
      var result = StepBench.run(variant, network, backend, seconds);
      var out = spec.commandLine().getOut();
      try (var limits = limits(backend, variant)) { // after the step: its peak memory is its own
        if (json) {
          out.println(Json.object(fields(result, backend, limits, variant.model().name())));
        } else {
          print(result, backend, limits, variant.model().name(), out);
        }
      }
      if (path.isPresent()) {
        write(result, path.get());
        out.println(path.get());
      }
    }
    return 0;
  }

  private KernelBench limits(Backend backend, TrainConfig variant) {
    var dtype =
        variant.train().precision() == TrainConfig.Precision.BF16_MIXED ? DType.BF16 : DType.F32;
    var scale = KernelBench.Scale.of(backend).withSeconds(Math.min(seconds / 4, 0.5));
    return new KernelBench(backend, scale, dtype, true);
  }

  private static SequencedMap<String, Object> fields(
      StepBench.Result result, Backend backend, KernelBench limits, String model) {
    var fields = new LinkedHashMap<String, Object>();
    fields.put("model", model);
    fields.put("batch", result.batch());
    fields.put("parameters", result.parameters());
    fields.put("macs", result.macs());
    result.time().into(fields);
    fields.put("images_per_s", number("%.2f", result.imagesPerSecond()));
    fields.put("tflop_per_s", number("%.4f", result.teraflops()));
    fields.put("of_matmul", number("%.3f", result.teraflops() / limits.product().teraflops()));
    fields.put("arena_mib", number("%.1f", result.plan().arenaBytes() / 1048576.0));
    fields.put("device", backend.describe());
    return fields;
  }

  private static BigDecimal number(String format, double value) {
    return new BigDecimal(String.format(Locale.ROOT, format, value));
  }

  private static void print(
      StepBench.Result result, Backend backend, KernelBench limits, String model, PrintWriter out) {
    double copy = limits.copy().gigabytesPerSecond();
    double product = limits.product().teraflops();
    out.println(backend.describe());
    out.printf(Locale.ROOT, "copy %.1f GB/s, matrix product %.3f TFLOP/s%n", copy, product);
    out.printf(
        Locale.ROOT,
        "%s, batch %d: %.3f ms a step (p10 %.3f, p90 %.3f, fastest %.3f, %d runs), %.1f images/s,"
            + " without data loading%n",
        model,
        result.batch(),
        result.time().median(),
        result.time().p10(),
        result.time().p90(),
        result.time().fastest(),
        result.time().runs(),
        result.imagesPerSecond());
    out.printf(
        Locale.ROOT,
        "%.3f TFLOP/s, %.0f%% of the matrix product; others kept %.2f processors busy%n",
        result.teraflops(),
        100 * result.teraflops() / product,
        result.time().otherCpus());
    out.printf(
        Locale.ROOT,
        "arena %.1f MiB, peak resident %.0f MiB; one by one the steps take %.3f ms:%n",
        result.plan().arenaBytes() / 1048576.0,
        result.time().peakMib(),
        result.profiled());
    out.printf(
        "%9s %6s %6s %8s %8s %8s %9s  %s%n",
        "ms", "share", "steps", "GB/s", "of copy", "TFLOP/s", "of matmul", "what");
    for (var share : result.profile()) {
      double bandwidth = share.cost().bytes() / share.millis() / 1e6;
      double arithmetic = 2 * share.cost().macs() / share.millis() / 1e9;
      out.printf(
          Locale.ROOT,
          "%9.3f %5.1f%% %6d %8.1f %7.0f%% %8.3f %8.0f%%  %s%n",
          share.millis(),
          100 * share.millis() / result.profiled(),
          share.steps(),
          bandwidth,
          100 * bandwidth / copy,
          arithmetic,
          100 * arithmetic / product,
          share.what());
    }
  }

  private static void write(StepBench.Result result, Path path) {
    try (var table = Csv.open(path, COLUMNS)) {
      table.append(
          Map.of(
              "what", "whole step, batch " + result.batch(),
              "steps", result.plan().steps().size(),
              "ms", number("%.4f", result.time().median()),
              "p10_ms", number("%.4f", result.time().p10()),
              "p90_ms", number("%.4f", result.time().p90()),
              "other_cpus", String.format(Locale.ROOT, "%.2f", result.time().otherCpus())));
      for (var share : result.profile()) {
        table.append(
            Map.of(
                "what", share.what(),
                "steps", share.steps(),
                "ms", number("%.4f", share.millis()),
                "bytes", share.cost().bytes(),
                "macs", share.cost().macs()));
      }
    }
  }
}
