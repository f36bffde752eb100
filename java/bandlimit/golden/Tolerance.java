package bandlimit.golden;

import bandlimit.conformance.Compare;

/// The README's table: a part of the tensor's largest element, and where it says so a number beside
/// it.
///
/// @param relative of the largest element
/// @param absolute allowed anyway
record Tolerance(double relative, double absolute) {
  private static final double NEVER_ZERO = 1e-30;

  double of(double[] expected) {
    return Math.max(Math.max(relative * Compare.max(expected), absolute), NEVER_ZERO);
  }

  /// One operation, forward and gx.
  static Tolerance operation(Machine machine) {
    return machine.isDouble() ? new Tolerance(1e-12, 0) : new Tolerance(2e-6, 0);
  }

  /// Gradients of parameters: long sums.
  static Tolerance parameterGradient(Machine machine) {
    return machine.isDouble() ? new Tolerance(1e-11, 0) : new Tolerance(1e-5, 0);
  }

  /// A GELU may be a rational approximation in float32; the reference's is exact.
  static Tolerance gelu(Machine machine) {
    return machine.isDouble() ? operation(machine) : new Tolerance(2e-6, 1e-6);
  }

  /// The gradient of a saturated softmax, a difference of nearly equal numbers.
  static Tolerance saturated(Machine machine) {
    return machine.isDouble() ? new Tolerance(1e-12, 1e-15) : new Tolerance(2e-6, 1e-6);
  }

  /// Optimizer trajectories and schedules.
  static Tolerance trajectory(Machine machine) {
    return machine.isDouble() ? new Tolerance(1e-13, 0) : new Tolerance(1e-6, 0);
  }

  /// The loss of each step of a net.
  static Tolerance netLoss(Machine machine) {
    return machine.isDouble() ? new Tolerance(0, 1e-11) : new Tolerance(0, 2e-6);
  }

  static Tolerance netWeights(Machine machine) {
    return machine.isDouble() ? new Tolerance(1e-10, 0) : new Tolerance(1e-5, 0);
  }
}
