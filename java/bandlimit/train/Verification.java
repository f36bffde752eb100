package bandlimit.train;

import bandlimit.backend.Backend;
import bandlimit.backend.Executable;
import bandlimit.config.TrainConfig;
import bandlimit.data.Dataset;
import bandlimit.data.Loader;
import bandlimit.data.Transforms;
import bandlimit.error.VerificationException;
import bandlimit.eval.Network;
import bandlimit.plan.Plan;
import bandlimit.plan.Planner;
import bandlimit.plan.Slot;
import bandlimit.plan.Step;
import bandlimit.tensor.DType;
import bandlimit.tensor.HostTensor;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/// Trains some steps on a device and lets another judge every node of each.
///
/// The tested device's trajectory leads: of each step it records what every node came to. The judge
/// then computes each node from the tested device's inputs of it, and takes over its result before
/// going on; so nodes are compared from equal ground, rounding cannot pile up, and the first one
/// that differs is the one that is wrong. Where a fused step hides nodes, its last one is compared.
///
/// The measure is the relative 2-norm, |a - b| / |b| over a node's whole output, which a single
/// element at a kink does not move. A sum that cancels is measured in units of what was summed.
public final class Verification {
  /// What rounding may make of one node, in the precision of the tested device. Float32 keeps 1e-7
  /// a number, and long sums that cancel some 1e-5; one rounding to bf16 makes 2e-3, a fused step
  /// has two or three. A wrong kernel is off by 1e-1 and more.
  public static double tolerance(TrainConfig.Precision precision) {
    return switch (precision) {
      case FP32 -> 1e-4;
      case TF32 -> 2e-3;
      case BF16_MIXED -> 1e-2;
    };
  }

  /// Where a result has cancelled to less than this share of what it was made of, that share is the
  /// unit.
  private static final double CANCELLED = 1e-2;

  /// @param worstNode where the largest difference was seen, and how large
  public record Result(int steps, int nodes, String worstNode, double worst) {}

  private final Executable judge;
  private final Executable tested;
  private final double tolerance;
  private final Map<String, HostTensor> recorded = new HashMap<>();
  private String worstNode = "";
  private double worst;
  private int nodes;

  private Verification(Executable judge, Executable tested, double tolerance) {
    this.judge = judge;
    this.tested = tested;
    this.tolerance = tolerance;
  }

  /// @throws VerificationException at the first node that differs by more than `tolerance`
  public static Result run(
      TrainConfig config,
      Dataset data,
      Backend judge,
      Backend tested,
      int steps,
      double tolerance,
      Consumer<String> console) {
    TrainingRun.checkPrecision(config, tested);
    var network = Network.of(config, data);
    var transform = Transforms.of(config.augment(), data);
    var options = TrainGraph.Options.of(config, tested, transform.windows());
    var narrow = network.in(config.train().precision());
    var graph = new TrainGraph(narrow, options);
    // one that holds every number in more bytes computes the very graph, others theirs in float32
    boolean exact = judge.elementBytes(DType.BF16) > DType.BF16.bytes();
    var judged = new TrainGraph(exact ? narrow : network, options);
    try (var slow = judge.compile(Planner.plan(judged.procedures(), judge));
        var fast = tested.compile(Planner.plan(graph.procedures(), tested));
        var loader = graph.loader(config, data, transform, 1)) {
      for (var variable : graph.variables().all()) {
        fast.write(fast.program().state(variable.path()), variable.initial(config.seed()));
      }
      return new Verification(slow, fast, tolerance).steps(config, loader, steps, console);
    }
  }

  private Result steps(TrainConfig config, Loader loader, int steps, Consumer<String> console) {
    var rate =
        new LearningRate(
            config.schedule(),
            config.optimizer().lr(),
            loader.batchesPerEpoch(),
            config.train().epochs());
    var name = config.train().gradAccumSteps() == 1 ? TrainGraph.TRAIN : TrainGraph.ACCUMULATE;
    loader.startEpoch(0, 0);
    for (int i = 0; i < steps; i++) {
      if (!loader.next()) {
        loader.startEpoch(i, 0);
        loader.next();
      }
      levelStates();
      recorded.clear();
      int update = i;
      double loss =
          step(tested, name, loader, config, rate, i, s -> recorded.put(s.name(), read(tested, s)));
      step(judge, name, loader, config, rate, i, s -> compare(s, update));
      console.accept(
          "step %d: loss %.6f, largest difference so far %.2e at %s"
              .formatted(i + 1, loss, worst, worstNode));
    }
    return new Result(steps, nodes, worstNode, worst);
  }

  private static double step(
      Executable executable,
      String name,
      Loader loader,
      TrainConfig config,
      LearningRate rate,
      int i,
      Consumer<Step> seen) {
    var step =
        new TrainStep(
            executable,
            Long.hashCode(config.seed()),
            TrainStep.temperature(config.model().antialias(), loader.batchesPerEpoch()));
    Plan plan = executable.program().plan(name);
    var unique = uniqueNames(plan);
    Executable.Observer observer =
        (ran, _) -> {
          if (unique.contains(ran.name())) {
            seen.accept(ran);
          }
        };
    step.observe(loader.batch(), plan, i, rate.at(i), config.ema().decay(), observer);
    return step.loss();
  }

  private static HostTensor read(Executable executable, Step step) {
    return executable.read(step.output());
  }

  /// What the judge has just made of the tested device's numbers, with what that one made of them.
  private void compare(Step step, int update) {
    var got = recorded.get(step.name());
    if (got == null || !got.shape().equals(step.output().type().shape())) {
      return; // the tested device has no such node: it lies inside a fused step
    }
    nodes++;
    var wanted = read(judge, step);
    double difference = 0;
    double size = 0;
    for (long k = 0; k < got.shape().size(); k++) {
      double d = got.get(k) - wanted.get(k);
      difference += d * d;
      size += wanted.get(k) * wanted.get(k);
    }
    double relative = Math.sqrt(difference / Math.max(size, Double.MIN_NORMAL));
    if (relative > tolerance) {
      size = Math.max(size, square(CANCELLED * largestInput(step)));
      relative = Math.sqrt(difference / Math.max(size, Double.MIN_NORMAL));
    }
    if (relative > worst) {
      worst = relative;
      worstNode = step.name();
    }
    if (!(relative <= tolerance)) {
      throw new VerificationException(
          "step %d: the devices part at %s (%s): relative difference %.3g, allowed %.3g"
              .formatted(
                  update + 1,
                  step.name(),
                  step.op().getClass().getSimpleName(),
                  relative,
                  tolerance));
    }
    judge.write(step.output(), got);
  }

  private static double square(double x) {
    return x * x;
  }

  private double largestInput(Step step) {
    double largest = 0;
    for (Slot slot : step.in()) {
      var input = judge.read(slot);
      double squares = 0;
      for (long k = 0; k < input.shape().size(); k++) {
        squares += input.get(k) * input.get(k);
      }
      largest = Math.max(largest, Math.sqrt(squares));
    }
    return largest;
  }

  /// Gradients of a node used twice are summed under one name; only unique names can be compared.
  private static Set<String> uniqueNames(Plan plan) {
    var seen = new HashSet<String>();
    var twice = new HashSet<String>();
    plan.steps().stream().map(Step::name).filter(n -> !seen.add(n)).forEach(twice::add);
    var unique = new HashSet<>(seen);
    unique.removeAll(twice);
    return unique;
  }

  private void levelStates() {
    for (Map.Entry<String, Slot> state : tested.program().states().entrySet()) {
      judge.write(judge.program().state(state.getKey()), tested.read(state.getValue()));
    }
  }
}
