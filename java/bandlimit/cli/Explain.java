package bandlimit.cli;

import bandlimit.certify.Certifier;
import bandlimit.config.ConfigFile;
import bandlimit.config.ConfigFile.KnownNames;
import bandlimit.config.TrainConfig;
import bandlimit.data.Datasets;
import bandlimit.device.DeviceOptions;
import bandlimit.device.Devices;
import bandlimit.eval.Network;
import bandlimit.graph.op.FusedOp;
import bandlimit.graph.op.Op;
import bandlimit.model.Explanation;
import bandlimit.nn.Antialias;
import bandlimit.plan.Cost;
import bandlimit.plan.Plan;
import bandlimit.plan.PlanPrinter;
import bandlimit.plan.Planner;
import bandlimit.plan.Program;
import bandlimit.plan.Step;
import bandlimit.plan.Target;
import bandlimit.tensor.TensorType;
import bandlimit.train.TrainGraph;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Function;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `bandlimit explain`: what a config would run, before anything runs.
@Command(
    name = "explain",
    description = {
      "Shows a config's network layer by layer, what anti-aliasing changed in it and why,",
      "and what a training step costs. Runs nothing."
    },
    mixinStandardHelpOptions = true)
final class Explain implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "CONFIG", description = "The config file.")
  private Path config = Path.of("");

  @Option(
      names = "--set",
      paramLabel = "KEY=VALUE",
      description = "Override a key, such as model.antialias.taps=5.")
  private List<String> overrides = List.of();

  @Option(names = "--plan", description = "Also print every step of every plan.")
  private boolean plans;

  @Mixin private NetworkOptions networks = new NetworkOptions();

  @Option(
      names = "--device",
      paramLabel = "NAME",
      description =
          "Plan for this device: its fused steps, its scratch memory and, with --plan, the kernels"
              + " of each step. Default: for any machine.")
  private Optional<String> device = Optional.empty();

  @Override
  public Integer call() {
    networks.check(spec);
    var known = new KnownNames(List.copyOf(bandlimit.model.Models.names()), Datasets.names());
    PrintWriter out = spec.commandLine().getOut();
    for (var variant : ConfigFile.load(config, overrides, known).variants()) {
      variant.name().ifPresent(name -> out.println("== variant " + name));
      explain(variant.config(), out);
    }
    return 0;
  }

  private void explain(TrainConfig config, PrintWriter out) {
    var network = networks.network(config, config.model());
    var sample = network.sample().shape();
    out.printf(
        "%s for samples %s and %d %s, anti-aliasing: %s%n%n",
        config.model().name(),
        sample,
        network.classNames().size(),
        network.outputs().isRegression() ? "numbers" : "classes",
        words(config.model().antialias()));
    var explained = Explanation.of(network.layer(), sample);
    out.print(ModelTable.print(explained));
    config.weakened().ifPresent(out::println);
    var structure = Certifier.structure(network.layer(), sample);
    out.println("guarantee under shifts: " + structure.guarantee());
    if (!config.model().antialias().equals(Antialias.NONE)) {
      var plain = networks.network(config, without(config.model()));
      out.println(difference(explained, Explanation.of(plain.layer(), sample)));
    }
    out.println();
    if (device.isEmpty()) {
      var graph = graph(config, network, TrainGraph.Options.of(config));
      plans(Planner.plan(graph.procedures(), new AnyMachine()), _ -> "", out);
    } else {
      try (var choice = Devices.open(device.get(), DeviceOptions.of(config))) {
        var backend = choice.backend();
        var windows = config.augment().windows();
        var graph = graph(config, network, TrainGraph.Options.of(config, backend, windows));
        out.println("planned for " + backend.describe());
        plans(
            Planner.plan(graph.procedures(), backend),
            step -> String.join(" ", backend.kernels(step)),
            out);
      }
    }
    out.println();
  }

  private void plans(Program program, Function<Step, String> kernels, PrintWriter out) {
    program.plans().values().forEach(plan -> out.println(totals(plan)));
    out.println(memory(program));
    if (plans) {
      program.plans().values().forEach(plan -> out.print("\n" + PlanPrinter.print(plan, kernels)));
    }
  }

  private static TrainConfig.Model without(TrainConfig.Model model) {
    return new TrainConfig.Model(
        model.name(),
        model.numClasses(),
        Antialias.NONE,
        model.activation(),
        model.norm(),
        model.padding(),
        model.layerScale(),
        model.dropPath(),
        model.dropout());
  }

  private static TrainGraph graph(TrainConfig config, Network network, TrainGraph.Options options) {
    return new TrainGraph(network.in(config.train().precision()), options);
  }

  private static String difference(Explanation blurred, Explanation plain) {
    return "without anti-aliasing: %s multiply-accumulates (%+.1f%% now), %s (%+.1f%% now)"
        .formatted(
            ModelTable.metric(plain.macs()),
            percent(blurred.macs(), plain.macs()),
            ModelTable.bytes(plain.bytes()),
            percent(blurred.bytes(), plain.bytes()));
  }

  private static String words(Antialias antialias) {
    return switch (antialias) {
      case Antialias.None() -> "none";
      case Antialias.Lowpass(int taps, var padding, var where) ->
          "low-pass of %d taps, %s padding, at %s"
              .formatted(
                  taps,
                  word(padding),
                  String.join(", ", where.stream().map(Explain::word).toList()));
      case Antialias.Ideal ideal -> ideal.words();
      case Antialias.Aps(int taps) -> "adaptive polyphase sampling" + blurred(taps);
      case Antialias.Lps(int taps, _, _, _) -> "learnable polyphase sampling" + blurred(taps);
    };
  }

  private static String blurred(int taps) {
    return taps == 1 ? "" : " after a blur of %d taps".formatted(taps);
  }

  private static String word(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }

  private static double percent(long now, long before) {
    return 100.0 * (now - before) / before;
  }

  private static String totals(Plan plan) {
    var cost = plan.steps().stream().map(Cost::of).reduce(Cost.NONE, Cost::plus);
    return "plan %-10s %5d steps, %9s multiply-accumulates, %9s read and written, arena %s"
        .formatted(
            plan.name(),
            plan.steps().size(),
            ModelTable.metric(cost.macs()),
            ModelTable.bytes(cost.bytes()),
            ModelTable.bytes(plan.arenaBytes()));
  }

  private static String memory(Program program) {
    return "memory: arena %s, state %s, inputs %s; a device adds scratch memory of its own"
        .formatted(
            ModelTable.bytes(program.arenaBytes()),
            ModelTable.bytes(program.stateBytes()),
            ModelTable.bytes(program.inputBytes()));
  }

  /// Plans without a machine: core ops only, 32-bit values, no scratch memory.
  private record AnyMachine() implements Target {
    @Override
    public boolean has(FusedOp op) {
      return false;
    }

    @Override
    public long scratchBytes(Op op, List<TensorType> in, TensorType out) {
      return 0;
    }
  }
}
