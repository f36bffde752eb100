package bandlimit.backend;

import bandlimit.plan.Program;
import bandlimit.plan.Target;

/// A machine that runs programs.
public interface Backend extends Target, AutoCloseable {
  /// As written in a config's `device`: `reference`, `cpu`, `cuda`.
  String name();

  /// One line for logs and reports: library versions, threads, instruction set.
  String describe();

  /// Allocates a program's memory (zeros, constants filled in) and prepares every step.
  Executable compile(Program program);

  @Override
  void close();
}
