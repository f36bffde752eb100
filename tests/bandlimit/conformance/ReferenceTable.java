package bandlimit.conformance;

import bandlimit.backend.Backend;
import bandlimit.plan.PlanOptions;
import bandlimit.tensor.HostTensor;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/// The rows of the definition itself, which has nothing to be compared with but mathematics.
///
/// - the result against a formula written a second time
/// - in-place and not, to the bit
/// - gradients against central differences along a random direction: one inner product for each
///   input (JAX's check)
/// - linear ops by the adjoint, <Ax, v> = <x, A^T v>, which needs no step size
final class ReferenceTable {
  private static final double STEP = 1e-5;

  private final Backend backend;
  private final Table table;

  ReferenceTable(Backend backend) {
    this.backend = backend;
    this.table = new Table(backend.name());
  }

  Table table() {
    return table;
  }

  void check(Sample sample) {
    var sampled = Case.of(sample, backend, false, sample.hasGradient());
    List<HostTensor> inputs = sample.inputs();
    try (var harness = Harness.of(backend, sampled.procedure())) {
      BackendTable.write(harness, inputs);
      var dy = BackendTable.cotangent(sampled.y().type(), sample);
      harness.write("dy", dy).run();
      double[] y = harness.read("y");
      sample
          .formula()
          .ifPresent(
              formula -> {
                var expected = formula.of(inputs.stream().map(HostTensor::toDoubles).toList());
                double tolerance = 1e-12 * Math.max(sample.scale(), Compare.max(expected));
                table.row(
                    sample,
                    "formula",
                    Compare.difference(sampled.y().shape(), expected, y, tolerance));
              });
      inPlace(sample, inputs, y);
      if (sample.hasGradient()) {
        backwards(sample, sampled, harness, inputs, dy.toDoubles(), y);
      }
    }
  }

  private void inPlace(Sample sample, List<HostTensor> inputs, double[] y) {
    var copied = Case.of(sample, backend, true, false);
    try (var harness = Harness.of(backend, copied.procedure(), PlanOptions.ALL)) {
      BackendTable.write(harness, inputs);
      var again = harness.run().read("y");
      table.row(sample, "in place", Compare.difference(copied.y().shape(), y, again, 0));
    }
  }

  private void backwards(
      Sample sample,
      Case sampled,
      Harness harness,
      List<HostTensor> inputs,
      double[] dy,
      double[] y) {
    double sizeOfY = absoluteDot(y, dy);
    // rounding over the step, and the step's own error of STEP^2 times the third derivative
    double noise = 1e-9 * (sizeOfY + Arrays.stream(dy).map(Math::abs).sum());
    var gradients = new double[inputs.size()][];
    for (int i = 0; i < inputs.size(); i++) {
      boolean flows = sampled.has(Case.gradient(i));
      if (flows == sample.isFixed(i)) {
        String problem = flows ? "a gradient flows to a fixed input" : "no gradient flows";
        table.row(sample, "gradient of " + Sample.input(i), Optional.of(problem));
      }
      gradients[i] = flows ? harness.read(Case.gradient(i)) : new double[0];
    }
    for (int i = 0; i < inputs.size(); i++) {
      if (gradients[i].length == 0) {
        continue;
      }
      double[] x = inputs.get(i).toDoubles();
      if (sample.isLinearIn(i)) {
        double size = Math.max(sizeOfY, absoluteDot(x, gradients[i]));
        table.row(
            sample,
            "adjoint in " + Sample.input(i),
            agree(Compare.dot(y, dy), Compare.dot(x, gradients[i]), 1e-12 * size));
      }
      if (sample.isSmooth()) {
        var direction = BackendTable.random(inputs.get(i).type(), sample, i + 1).toDoubles();
        double slope = slope(harness, i, inputs.get(i), direction, dy);
        double size = absoluteDot(gradients[i], direction);
        table.row(
            sample,
            "gradient of " + Sample.input(i),
            agree(slope, Compare.dot(gradients[i], direction), 1e-7 * size + noise));
      }
    }
  }

  /// The derivative of <y, dy> when input i moves along `direction`.
  private static double slope(
      Harness harness, int i, HostTensor input, double[] direction, double[] dy) {
    String name = Sample.input(i);
    double up = Compare.dot(harness.write(name, moved(input, direction, STEP)).run().read("y"), dy);
    double down =
        Compare.dot(harness.write(name, moved(input, direction, -STEP)).run().read("y"), dy);
    harness.write(name, input);
    return (up - down) / (2 * STEP);
  }

  private static HostTensor moved(HostTensor input, double[] direction, double step) {
    double[] x = input.toDoubles();
    for (int j = 0; j < x.length; j++) {
      x[j] += step * direction[j];
    }
    return HostTensor.of(input.shape(), x);
  }

  private static Optional<String> agree(double expected, double actual, double tolerance) {
    return Math.abs(expected - actual) <= tolerance
        ? Optional.empty()
        : Optional.of(
            "inner products %.12g and %.12g, off by %.3g, tolerance %.3g"
                .formatted(expected, actual, Math.abs(expected - actual), tolerance));
  }

  private static double absoluteDot(double[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += Math.abs(a[i] * b[i]);
    }
    return sum;
  }
}
