package bandlimit.cli;

import bandlimit.backend.Backend;
import bandlimit.bench.KernelBench;
import bandlimit.bench.KernelCase;
import bandlimit.bench.KernelCases;
import bandlimit.bench.PeerCases;
import bandlimit.config.TrainConfig;
import bandlimit.device.DeviceOptions;
import bandlimit.device.Devices;
import bandlimit.device.Machine;
import bandlimit.store.Csv;
import bandlimit.store.Json;
import bandlimit.tensor.DType;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `bandlimit bench kernels`.
@Command(
    name = "kernels",
    description =
        "Times each kernel: milliseconds, GB/s, TFLOP/s, and as fractions of the copy and the"
            + " matrix product measured in the same run.",
    mixinStandardHelpOptions = true)
final class BenchKernels implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(names = "--device", description = "cuda, cpu or cuda-emulated; default ${DEFAULT-VALUE}.")
  private String device = "auto";

  @Option(names = "--dtype", description = "f32, bf16; default: what the device has.")
  private List<DType> types = new ArrayList<>();

  @Option(
      names = "--conv",
      paramLabel = "WHOSE",
      description =
          "Whose convolutions and products on a GPU: ${COMPLETION-CANDIDATES}; default"
              + " ${DEFAULT-VALUE}. Run once with native and once with cudnn to compare.")
  private TrainConfig.Conv conv = TrainConfig.Conv.AUTO;

  @Option(names = "--batch", description = "Samples in a map; default 128 on a GPU, 8 elsewhere.")
  private Optional<Integer> batch = Optional.empty();

  @Option(
      names = "--only",
      paramLabel = "TEXT",
      description = "The case of this name, or those whose name contains it.")
  private Optional<String> only = Optional.empty();

  @Option(names = "--quick", description = "One size of each operation.")
  private boolean quick;

  @Option(
      names = "--peers",
      description = "The cases that tests/bench times in libtorch as well, batch 32, float32.")
  private boolean peers;

  @Option(
      names = "--warm",
      description = "Leave the caches as the last run left them; without it they are emptied.")
  private boolean warm;

  @Option(names = "--seconds", description = "For each case, after half as long unmeasured.")
  private Optional<Double> seconds = Optional.empty();

  @Option(names = "--json", description = "One JSON object a case in place of the table.")
  private boolean json;

  @Option(
      names = "--csv",
      paramLabel = "FILE",
      description = "Default: named by device and date; with --json none.")
  private Optional<Path> csv = Optional.empty();

  @Override
  public Integer call() {
    if (batch.isPresent() && batch.get() < 1) {
      throw new ParameterException(
          spec.commandLine(), "--batch must be 1 or more, got " + batch.get());
    }
    Bench.checkSeconds(spec, seconds.orElse(1.0));
    requireCases();
    try (var choice = Devices.open(device, new DeviceOptions(false, conv, true))) {
      var backend = choice.backend();
      var out = spec.commandLine().getOut();
      if (json && csv.isEmpty()) {
        run(backend, row -> {}, out);
        return 0;
      }
      var path = Bench.file(csv, "kernels", backend);
      say(out, "%s%n%s, %d cores%n", backend.describe(), cpu(), Machine.here().cores());
      try (var table = Csv.open(path, KernelBench.COLUMNS)) {
        run(backend, table::append, out);
      }
      say(out, "%s%n", path);
    }
    return 0;
  }

  private static String cpu() {
    return Machine.here().cpu();
  }

  private void say(PrintWriter out, String format, Object... arguments) {
    if (!json) {
      out.printf(Locale.ROOT, format, arguments);
      out.flush();
    }
  }

  private void requireCases() {
    var names = cases(DType.F32, 1).stream().map(KernelCase::name).distinct().toList();
    if (only.isPresent() && names.stream().noneMatch(name -> name.contains(only.get()))) {
      throw new ParameterException(
          spec.commandLine(),
          "no case is called %s; there are %s".formatted(only.get(), String.join(", ", names)));
    }
  }

  private List<KernelCase> cases(DType dtype, int samples) {
    return peers ? PeerCases.all() : KernelCases.of(dtype, samples, quick);
  }

  private List<KernelCase> chosen(DType dtype, int samples) {
    var all = cases(dtype, samples);
    if (only.isEmpty()) {
      return all;
    }
    var named = all.stream().filter(c -> c.name().equals(only.get())).toList();
    return named.isEmpty()
        ? all.stream().filter(c -> c.name().contains(only.get())).toList()
        : named;
  }

  private List<DType> types(Backend backend) {
    if (!types.isEmpty() && !peers) {
      return types;
    }
    return backend.name().startsWith("cuda") && !peers
        ? List.of(DType.BF16, DType.F32)
        : List.of(DType.F32);
  }

  private void run(
      Backend backend,
      java.util.function.Consumer<java.util.SequencedMap<String, Object>> table,
      PrintWriter out) {
    var usual = KernelBench.Scale.of(backend);
    var scale = seconds.map(usual::withSeconds).orElse(usual);
    for (var dtype : types(backend)) {
      try (var bench = new KernelBench(backend, scale, dtype, warm)) {
        say(
            out,
            "%n%s: copy %.1f GB/s (%s), product of %d %.2f TFLOP/s (%s)%n",
            dtype.name().toLowerCase(Locale.ROOT),
            bench.copy().gigabytesPerSecond(),
            String.join(" ", bench.copy().kernels()),
            scale.product(),
            bench.product().teraflops(),
            String.join(" ", bench.product().kernels()));
        say(
            out,
            "%-30s %-14s %10s %10s %10s %9s %8s %8s %9s  %s%n",
            "case",
            "direction",
            "ms",
            "p10",
            "p90",
            "GB/s",
            "of copy",
            "TFLOP/s",
            "of matmul",
            "shape: kernels");
        bench.run(
            chosen(dtype, batch.orElse(scale.batch())),
            row -> {
              var cells = bench.cells(row);
              table.accept(cells);
              if (json) {
                out.println(Json.object(cells));
                out.flush();
              }
              print(bench, row, out);
            });
      }
    }
  }

  private void print(KernelBench bench, KernelBench.Row row, PrintWriter out) {
    say(
        out,
        "%-30s %-14s %10.4f %10.4f %10.4f %9.1f %7.0f%% %8.2f %8.0f%%  %s: %s%n",
        row.measured().name(),
        row.measured().direction(),
        row.time().median(),
        row.time().p10(),
        row.time().p90(),
        row.gigabytesPerSecond(),
        100 * bench.ofCopy(row),
        row.teraflops(),
        100 * bench.ofProduct(row),
        row.measured().dims(),
        String.join(" ", row.kernels()));
  }
}
