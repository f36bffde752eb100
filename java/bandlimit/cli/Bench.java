package bandlimit.cli;

import bandlimit.backend.Backend;
import bandlimit.bench.KernelBench;
import bandlimit.bench.KernelCase;
import bandlimit.bench.KernelCases;
import bandlimit.bench.StepBench;
import bandlimit.config.TrainConfig;
import bandlimit.device.DeviceOptions;
import bandlimit.device.Devices;
import bandlimit.device.Machine;
import bandlimit.error.OutputException;
import bandlimit.store.Csv;
import bandlimit.tensor.DType;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `bandlimit bench kernels` and `bandlimit bench step`.
@Command(
    name = "bench",
    description = "Times kernels or a training step, as fractions of what the machine can do.",
    synopsisSubcommandLabel = "(kernels | step)",
    subcommands = {Bench.Kernels.class, Bench.OneStep.class},
    mixinStandardHelpOptions = true)
final class Bench implements Runnable {
  @Spec private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "Missing what to time: kernels or step");
  }

  /// One file a device and day, unless it is named.
  private static Path file(Optional<Path> chosen, String what, Backend backend) {
    var name = backend.name() + "-" + backend.describe().replaceFirst("^[^:]*:? *", "");
    var slug = name.replaceAll("[^A-Za-z0-9]+", "-").toLowerCase(Locale.ROOT);
    var day = LocalDate.now(java.time.ZoneId.systemDefault());
    var path =
        chosen.orElse(
            Path.of(
                "%s-%s-%s.csv"
                    .formatted(what, slug.substring(0, Math.min(40, slug.length())), day)));
    if (Files.exists(path)) {
      throw new OutputException(path + " exists already; name another file with --csv");
    }
    return path;
  }

  /// `bandlimit bench kernels`.
  @Command(
      name = "kernels",
      description =
          "Times each kernel with cold caches: milliseconds, GB/s, TFLOP/s, and as fractions of the"
              + " copy and the matrix product measured in the same run.",
      mixinStandardHelpOptions = true)
  static final class Kernels implements Callable<Integer> {
    @Spec private CommandSpec spec;

    @Option(
        names = "--device",
        description = "cuda, cpu or cuda-emulated; default ${DEFAULT-VALUE}.")
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

    @Option(names = "--only", paramLabel = "TEXT", description = "Cases whose name contains this.")
    private Optional<String> only = Optional.empty();

    @Option(names = "--quick", description = "One size of each operation.")
    private boolean quick;

    @Option(
        names = "--csv",
        paramLabel = "FILE",
        description = "Default: named by device and date.")
    private Optional<Path> csv = Optional.empty();

    @Override
    public Integer call() {
      if (batch.isPresent() && batch.get() < 1) {
        throw new ParameterException(
            spec.commandLine(), "--batch must be 1 or more, got " + batch.get());
      }
      requireCases();
      try (var choice = Devices.open(device, new DeviceOptions(false, conv, true))) {
        var backend = choice.backend();
        var out = spec.commandLine().getOut();
        var path = file(csv, "kernels", backend);
        out.println(backend.describe());
        out.println(Machine.here().cpu() + ", " + Machine.here().cores() + " cores");
        try (var table = Csv.open(path, KernelBench.COLUMNS)) {
          for (var dtype : types.isEmpty() ? defaults(backend) : types) {
            run(backend, dtype, table, out);
          }
        }
        out.println(path);
      }
      return 0;
    }

    private void requireCases() {
      var all = KernelCases.of(DType.F32, 1, quick).stream().map(KernelCase::name).distinct();
      var names = all.toList();
      if (only.isPresent() && names.stream().noneMatch(name -> name.contains(only.get()))) {
        throw new ParameterException(
            spec.commandLine(),
            "no case is called %s; there are %s".formatted(only.get(), String.join(", ", names)));
      }
    }

    private static List<DType> defaults(Backend backend) {
      return backend.name().startsWith("cuda")
          ? List.of(DType.BF16, DType.F32)
          : List.of(DType.F32);
    }

    private void run(Backend backend, DType dtype, Csv table, PrintWriter out) {
      var scale =
          switch (backend.name()) {
            case "cuda" -> KernelBench.Scale.GPU;
            case "cuda-emulated", "reference" -> KernelBench.Scale.TINY;
            default -> KernelBench.Scale.CPU;
          };
      int samples = batch.orElse(scale.batch());
      try (var bench = new KernelBench(backend, scale, dtype)) {
        out.printf(
            Locale.ROOT,
            "%n%s: copy %.1f GB/s (%s), product of %d %.2f TFLOP/s (%s)%n",
            dtype.name().toLowerCase(Locale.ROOT),
            bench.copy().gigabytesPerSecond(),
            String.join(" ", bench.copy().kernels()),
            scale.product(),
            bench.product().teraflops(),
            String.join(" ", bench.product().kernels()));
        out.printf(
            "%-30s %-14s %10s %10s %9s %8s %9s  %s%n",
            "case", "direction", "ms", "GB/s", "of copy", "TFLOP/s", "of matmul", "shape: kernels");
        var cases =
            KernelCases.of(dtype, samples, quick).stream()
                .filter(c -> only.map(c.name()::contains).orElse(true))
                .toList();
        bench.run(
            cases,
            row -> {
              table.append(bench.cells(row));
              out.printf(
                  Locale.ROOT,
                  "%-30s %-14s %10.4f %10.1f %8.0f%% %8.2f %8.0f%%  %s: %s%n",
                  row.measured().name(),
                  row.measured().direction(),
                  row.median(),
                  row.gigabytesPerSecond(),
                  100 * bench.ofCopy(row),
                  row.teraflops(),
                  100 * bench.ofProduct(row),
                  row.measured().dims(),
                  String.join(" ", row.kernels()));
              out.flush();
            });
      }
    }
  }

  /// `bandlimit bench step CONFIG`.
  @Command(
      name = "step",
      description = "Times the training step of a config on random images, and its kernels.",
      mixinStandardHelpOptions = true)
  static final class OneStep implements Callable<Integer> {
    @Spec private CommandSpec spec;

    @Parameters(paramLabel = "CONFIG", description = "A YAML file; its first variant is taken.")
    private Path config = Path.of("");

    @Mixin private Overrides overrides = new Overrides();

    @Mixin private NetworkOptions networks = new NetworkOptions();

    @Option(names = "--seconds", description = "How long; default ${DEFAULT-VALUE}.")
    private double seconds = 5;

    @Option(
        names = "--csv",
        paramLabel = "FILE",
        description = "Default: named by device and date.")
    private Optional<Path> csv = Optional.empty();

    @Override
    public Integer call() {
      var variant = overrides.load(config).variants().getFirst().config();
      networks.check(spec);
      var network = networks.network(variant, variant.model());
      try (var choice = Devices.open(variant)) {
        var backend = choice.backend();
        var path = file(csv, "step-" + variant.model().name(), backend);
        var result = StepBench.run(variant, network, backend, seconds);
        print(result, backend, variant.model().name());
        write(result, path);
        spec.commandLine().getOut().println(path);
      }
      return 0;
    }

    private void print(StepBench.Result result, Backend backend, String model) {
      var out = spec.commandLine().getOut();
      out.println(backend.describe());
      out.printf(
          Locale.ROOT,
          "%s, batch %d: %.3f ms a step (fastest %.3f, %d runs), %.1f images/s, without data"
              + " loading%n",
          model,
          result.batch(),
          result.median(),
          result.fastest(),
          result.runs(),
          result.imagesPerSecond());
      out.printf(
          Locale.ROOT,
          "arena %.1f MiB; one by one the steps take %.3f ms:%n",
          result.plan().arenaBytes() / 1048576.0,
          result.profiled());
      out.printf("%9s %6s %6s %9s %8s  %s%n", "ms", "share", "steps", "GB/s", "TFLOP/s", "what");
      for (var share : result.profile()) {
        out.printf(
            Locale.ROOT,
            "%9.3f %5.1f%% %6d %9.1f %8.2f  %s%n",
            share.millis(),
            100 * share.millis() / result.profiled(),
            share.steps(),
            share.cost().bytes() / share.millis() / 1e6,
            2 * share.cost().macs() / share.millis() / 1e9,
            share.what());
      }
    }

    private static void write(StepBench.Result result, Path path) {
      var columns = List.of("what", "steps", "ms", "bytes", "macs");
      try (var table = Csv.open(path, columns)) {
        table.append(
            java.util.Map.of(
                "what", "whole step, batch " + result.batch(),
                "steps", result.plan().steps().size(),
                "ms", String.format(Locale.ROOT, "%.4f", result.median())));
        for (var share : result.profile()) {
          table.append(
              java.util.Map.of(
                  "what", share.what(),
                  "steps", share.steps(),
                  "ms", String.format(Locale.ROOT, "%.4f", share.millis()),
                  "bytes", share.cost().bytes(),
                  "macs", share.cost().macs()));
        }
      }
    }
  }
}
