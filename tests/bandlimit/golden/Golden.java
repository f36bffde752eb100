package bandlimit.golden;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Runs any case on all machines.
final class Golden {
  private Golden() {}

  /// What the case still waits for; empty if it can run.
  static Optional<String> notYet(GoldenCase golden) {
    var options = golden.options();
    if (GoldenLayers.NOT_YET.contains(options.op())) {
      return Optional.of(options.op());
    }
    if (options.op().equals("train_net")) {
      return options.layers().stream()
          .map(GoldenOptions::op)
          .filter(GoldenLayers.NOT_YET::contains)
          .findFirst()
          .map(op -> "train_net with " + op);
    }
    return Optional.empty();
  }

  /// The failures on every machine; a case that cannot be interpreted is one.
  static List<String> failures(GoldenCase golden, List<Machine> machines) {
    var failures = new ArrayList<String>();
    for (Machine machine : machines) {
      var verdict = new Verdict(golden, machine);
      try {
        run(golden, verdict);
      } catch (RuntimeException e) {
        verdict.fail("does not run on " + machine.backend().name() + ": " + e);
      }
      failures.addAll(verdict.failures());
    }
    return failures;
  }

  private static void run(GoldenCase golden, Verdict verdict) {
    switch (golden.options().op()) {
      case "cross_entropy" -> LossCase.run(golden, verdict);
      case "sgd", "adamw" -> UpdateCase.run(golden, verdict);
      case "cosine_lr" -> RateCase.run(golden, verdict);
      case "train_net" -> NetCase.run(golden, verdict);
      default -> LayerCase.run(golden, verdict);
    }
  }
}
