package bandlimit.bench;

import bandlimit.backend.Backend;
import bandlimit.backend.Executable;
import bandlimit.config.TrainConfig;
import bandlimit.eval.Network;
import bandlimit.graph.op.Op;
import bandlimit.model.Explanation;
import bandlimit.plan.Cost;
import bandlimit.plan.Plan;
import bandlimit.plan.PlanPrinter;
import bandlimit.plan.Planner;
import bandlimit.plan.Step;
import bandlimit.tensor.DType;
import bandlimit.tensor.HostTensor;
import bandlimit.train.TrainGraph;
import bandlimit.train.TrainingRun;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/// Times the training step of a config on random images, and says where the time goes.
public final class StepBench {
  /// What runs a step, all steps of one kind together.
  ///
  /// @param what the operation and the kernels that compute it
  /// @param millis of all of them, run one by one with a wait after each
  public record Share(String what, int steps, double millis, Cost cost) {}

  /// @param time of a whole step as training runs it
  /// @param parameters of the network
  /// @param macs of the network, forwards, one image
  public record Result(
      int batch, long parameters, long macs, Timing time, Plan plan, List<Share> profile) {
    public double imagesPerSecond() {
      return batch * 1e3 / time.median();
    }

    /// Of the multiplications that the whole step plans.
    public double teraflops() {
      return 2
          * profile.stream().mapToLong(share -> share.cost().macs()).sum()
          / time.median()
          / 1e9;
    }

    /// Milliseconds of all steps one by one: above the whole step's by the waits between them.
    public double profiled() {
      return profile.stream().mapToDouble(Share::millis).sum();
    }
  }

  private static final int PROFILED = 5;

  private StepBench() {}

  /// Makes the networks known that only `tests/bench` times.
  public static void registerPeers() {
    Stage1.register();
  }

  public static Result run(TrainConfig config, Network network, Backend backend, double seconds) {
    TrainingRun.checkPrecision(config, backend);
    var options = TrainGraph.Options.of(config, backend, config.augment().windows());
    var graph = new TrainGraph(network.in(config.train().precision()), options);
    var program = Planner.plan(graph.procedures(), backend);
    var name = config.train().gradAccumSteps() == 1 ? TrainGraph.TRAIN : TrainGraph.ACCUMULATE;
    var plan = program.plan(name);
    try (var executable = backend.compile(program)) {
      for (var variable : graph.variables().all()) {
        executable.write(program.state(variable.path()), variable.initial(config.seed()));
      }
      fill(executable, plan, network.classNames().size());
      var time = Timing.of(seconds, () -> executable.time(plan));
      checkLoss(executable, plan);
      var explanation = Explanation.of(network.layer(), network.sample().shape());
      return new Result(
          config.data().batchSize(),
          explanation.parameters(),
          explanation.macs(),
          time,
          plan,
          profile(backend, executable, plan));
    }
  }

  /// A step on numbers that are none would be fast and mean nothing.
  private static void checkLoss(Executable executable, Plan plan) {
    double loss = executable.read(plan.output(TrainGraph.LOSS)).get(0);
    if (!Double.isFinite(loss)) {
      throw new IllegalStateException("the loss is " + loss + ": nothing was measured");
    }
  }

  private static List<Share> profile(Backend backend, Executable executable, Plan plan) {
    Map<Step, Long> nanos = new LinkedHashMap<>();
    for (int i = 0; i < PROFILED; i++) {
      executable.run(plan, (step, taken) -> nanos.merge(step, taken, Math::min));
    }
    Map<String, Share> shares = new LinkedHashMap<>();
    nanos.forEach(
        (step, taken) ->
            shares.merge(
                what(backend, step),
                new Share(what(backend, step), 1, taken / 1e6, Cost.of(step)),
                (a, b) ->
                    new Share(
                        a.what(),
                        a.steps() + b.steps(),
                        a.millis() + b.millis(),
                        a.cost().plus(b.cost()))));
    return shares.values().stream()
        .sorted(Comparator.comparingDouble(Share::millis).reversed())
        .toList();
  }

  private static String what(Backend backend, Step step) {
    Op op = step.op();
    var kernels = backend.kernels(step);
    return kernels.isEmpty()
        ? PlanPrinter.op(op)
        : op.getClass().getSimpleName() + ": " + String.join(" ", kernels);
  }

  private static void fill(Executable executable, Plan plan, int classes) {
    var random = new Random(7);
    plan.inputs()
        .forEach(
            (name, slot) -> {
              var host = HostTensor.allocate(slot.type());
              for (long i = 0; i < slot.type().shape().size(); i++) {
                host.set(
                    i,
                    name.equals(TrainGraph.COUNT)
                        ? 1
                        : value(slot.type().dtype(), slot.type().shape().rank(), classes, random));
              }
              executable.write(slot, host);
            });
  }

  /// Pixels and labels at random, weights of 1, and steps so small that no number of them on one
  /// batch diverges.
  private static double value(DType dtype, int rank, int classes, Random random) {
    return switch (dtype) {
      case I32 -> random.nextInt(rank == 1 ? classes : 1);
      case U8 -> random.nextInt(256);
      case F32, BF16, F64 -> rank > 1 ? random.nextGaussian() : rank == 1 ? 1 : 1e-6;
    };
  }
}
