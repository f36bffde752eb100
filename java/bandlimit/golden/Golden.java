package bandlimit.golden;

import bandlimit.backend.Backend;
import bandlimit.error.DataException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Runs any case on all machines.
public final class Golden {
  private Golden() {}

  /// How the cases of a folder went on one machine.
  ///
  /// @param notYet cases of operations that do not exist yet
  public record Result(int cases, int notYet, List<String> failures) {
    public Result {
      failures = List.copyOf(failures);
    }
  }

  /// Every case of every file in `directory`, in float32.
  public static Result check(Path directory, Backend backend) {
    var machines = List.of(new Machine(backend, false));
    var failures = new ArrayList<String>();
    int cases = 0;
    int waiting = 0;
    for (Path path : files(directory)) {
      try (var file = GoldenFile.open(path)) {
        for (var golden : file.cases()) {
          cases++;
          if (notYet(golden).isPresent()) {
            waiting++;
          } else {
            failures(golden, machines).forEach(f -> failures.add(golden.where() + ": " + f));
          }
        }
      }
    }
    return new Result(cases, waiting, failures);
  }

  /// The `.safetensors` files of a folder, sorted; at least one.
  public static List<Path> files(Path directory) {
    try (var listed = Files.list(directory)) {
      var files = listed.filter(f -> f.toString().endsWith(".safetensors")).sorted().toList();
      if (files.isEmpty()) {
        throw new DataException(directory + ": holds no .safetensors files of recorded cases");
      }
      return files;
    } catch (IOException e) {
      throw new DataException(directory + ": cannot be listed: " + e, e);
    }
  }

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
