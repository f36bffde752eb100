package bandlimit.backend;

import bandlimit.plan.Program;
import bandlimit.plan.Step;
import bandlimit.plan.Target;
import java.util.List;

/// A machine that runs programs.
public interface Backend extends Target, AutoCloseable {
  /// As written in a config's `device`: `reference`, `cpu`, `cuda`.
  String name();

  /// One line for logs and reports: library versions, threads, instruction set.
  String describe();

  /// Whether activations may be bf16 here.
  default boolean hasBf16() {
    return false;
  }

  /// Whether it was opened to round the factors of float32 products to tf32.
  default boolean usesTf32() {
    return false;
  }

  /// Whether it would rather cut windows from training images itself than get them cut.
  default boolean cutsWindows() {
    return false;
  }

  /// Allocates a program's memory (zeros, constants filled in) and prepares every step.
  Executable compile(Program program);

  /// The kernels or library functions that run a step, in order, for plans and profiles; empty
  /// where a machine has nothing to choose between.
  default List<String> kernels(Step step) {
    return List.of();
  }

  @Override
  void close();
}
