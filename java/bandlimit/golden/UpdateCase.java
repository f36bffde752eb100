package bandlimit.golden;

import bandlimit.config.Optimizer;
import bandlimit.conformance.Harness;
import bandlimit.graph.Graph;
import bandlimit.plan.Procedure;
import bandlimit.tensor.HostTensor;
import bandlimit.tensor.Shape;
import bandlimit.tensor.TensorType;
import bandlimit.train.UpdateRule;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// A case of an optimizer: the trainer's own update rule over a trajectory of given gradients.
final class UpdateCase {
  private static final TensorType NUMBER = TensorType.f32();

  private UpdateCase() {}

  static void run(GoldenCase golden, Verdict verdict) {
    var options = golden.options();
    var p0 = golden.tensor("p0");
    var graph = new Graph();
    var p = graph.state("p", p0.type());
    var g = graph.input("g", p0.type());
    var rate = graph.input("rate", NUMBER);
    var count = graph.input("count", NUMBER);
    var updates = new UpdateRule(graph, optimizer(options), rate, count).next(p, g, true);
    var machine = verdict.machine();
    try (var harness =
        Harness.of(machine.backend(), new Procedure("update", graph, Map.of(), updates))) {
      harness.writeState("p", p0).write("rate", number(options.number("lr")));
      for (int step = 0; golden.has("g" + step); step++) {
        harness.write("g", golden.tensor("g" + step)).write("count", number(step + 1)).run();
        verdict.compare("p" + (step + 1), harness.readState("p"), Tolerance.trajectory(machine));
      }
    }
  }

  private static Optimizer optimizer(GoldenOptions options) {
    double lr = options.number("lr");
    double decay = options.number("weight_decay");
    return switch (options.op()) {
      case "sgd" -> {
        if (options.has("dampening") && options.number("dampening") != 0) {
          throw options.unknown("dampening", options.number("dampening"));
        }
        yield new Optimizer.Sgd(
            lr,
            options.number("momentum"),
            options.flag("nesterov"),
            decay,
            true,
            Optional.empty());
      }
      case "adamw" ->
          new Optimizer.AdamW(
              lr,
              List.of(options.number("beta1"), options.number("beta2")),
              options.number("eps"),
              decay,
              true,
              Optional.empty());
      default -> throw options.unknown("op", options.op());
    };
  }

  /// In double, so that the reference gets the rate itself and not its float32.
  static HostTensor number(double value) {
    return HostTensor.of(Shape.of(), value);
  }
}
