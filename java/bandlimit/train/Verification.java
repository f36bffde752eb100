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
import bandlimit.tensor.HostTensor;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/// Trains the same steps on two devices and compares every node of each step.
///
/// The judge's trajectory leads: before each step the tested device gets the judge's states, so
/// that each step is compared from equal ground and rounding cannot pile up. The measure is the
/// relative 2-norm, |a - b| / |b| over a node's whole output: a ReLU whose input lies within
/// rounding of 0 may flip for single elements, which a maximum would report and a norm does not
/// notice. Where a fused step hides a node, its last one is compared.
public final class Verification {
  /// Float32 keeps 1e-7 a number; through forty layers and back some 1e-5 remain, flips included
  /// 1e-3. A wrong kernel is off by 1e-1 and more.
  public static final double TOLERANCE = 5e-3;

  /// @param worstNode where the largest difference was seen, and how large
  /// @param largestLossDifference absolute
  public record Result(
      int steps, int nodes, String worstNode, double worst, double largestLossDifference) {}

  private final Executable judge;
  private final Executable tested;
  private final double tolerance;
  private final Map<String, HostTensor> expected = new HashMap<>();
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
    TrainingRun.checkPrecision(config, judge);
    TrainingRun.checkPrecision(config, tested);
    var network =
        Network.of(config.model(), data.sampleType(), data.normalization(), data.classNames());
    var options = TrainGraph.Options.of(config);
    var graph = new TrainGraph(network, options);
    var procedures = graph.procedures();
    try (var slow = judge.compile(Planner.plan(procedures, judge));
        var fast = tested.compile(Planner.plan(procedures, tested));
        var loader =
            Loader.train(
                data,
                Transforms.of(config.augment(), data),
                config.data().batchSize(),
                config.seed(),
                1)) {
      for (var variable : graph.variables().all()) {
        slow.write(slow.program().state(variable.path()), variable.initial(config.seed()));
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
    double largestLoss = 0;
    loader.startEpoch(0, 0);
    for (int i = 0; i < steps; i++) {
      if (!loader.next()) {
        loader.startEpoch(i, 0);
        loader.next();
      }
      levelStates();
      expected.clear();
      double reference = step(judge, name, loader, config, rate, i, true);
      double loss = step(tested, name, loader, config, rate, i, false);
      largestLoss = Math.max(largestLoss, Math.abs(loss - reference));
      console.accept(
          "step %d: loss %.6f and %.6f, largest difference so far %.2e at %s"
              .formatted(i + 1, reference, loss, worst, worstNode));
    }
    return new Result(steps, nodes, worstNode, worst, largestLoss);
  }

  private double step(
      Executable executable,
      String name,
      Loader loader,
      TrainConfig config,
      LearningRate rate,
      int i,
      boolean judging) {
    var step = new TrainStep(executable, Long.hashCode(config.seed()));
    Plan plan = executable.program().plan(name);
    var unique = uniqueNames(plan);
    Executable.Observer observer =
        (Step ran, long _) -> {
          if (!unique.contains(ran.name())) {
            return;
          }
          if (judging) {
            expected.put(ran.name(), executable.read(ran.output()));
          } else {
            compare(ran, executable.read(ran.output()), i);
          }
        };
    step.observe(loader.batch(), plan, i, rate.at(i), config.ema().decay(), observer);
    return step.loss();
  }

  private void compare(Step step, HostTensor got, int i) {
    var wanted = expected.get(step.name());
    if (wanted == null || !wanted.shape().equals(got.shape())) {
      return; // the judge has no such node: it lies inside a fused step
    }
    nodes++;
    double difference = 0;
    double size = 0;
    for (long k = 0; k < got.shape().size(); k++) {
      double d = got.get(k) - wanted.get(k);
      difference += d * d;
      size += wanted.get(k) * wanted.get(k);
    }
    double relative = Math.sqrt(difference) / Math.max(Math.sqrt(size), 1e-12);
    if (relative > worst) {
      worst = relative;
      worstNode = step.name();
    }
    if (!(relative <= tolerance)) {
      throw new VerificationException(
          "step %d: the devices part at %s (%s): relative difference %.3g, allowed %.3g"
              .formatted(
                  i + 1, step.name(), step.op().getClass().getSimpleName(), relative, tolerance));
    }
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
    for (Map.Entry<String, Slot> state : judge.program().states().entrySet()) {
      // through the tested device's element type and back, so that both start from equal numbers
      var to = tested.program().state(state.getKey());
      tested.write(to, judge.read(state.getValue()));
      judge.write(state.getValue(), tested.read(to));
    }
  }
}
