package bandlimit.conformance;

import bandlimit.backend.Backend;
import bandlimit.backend.reference.ReferenceBackend;
import bandlimit.plan.PlanOptions;
import bandlimit.tensor.HostTensor;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// The rows of every other backend: each sample and its gradients against the reference, on inputs
/// that stay, and on values that die in the step and may be written over.
final class BackendTable {
  private static final PlanOptions NOT_IN_PLACE = new PlanOptions(true, true, true, true, false);

  private final Backend backend;
  private final double epsilon;
  private final Backend reference = new ReferenceBackend();
  private final Table table;

  /// `epsilon` is that of the backend's arithmetic.
  BackendTable(Backend backend, double epsilon) {
    this.backend = backend;
    this.epsilon = epsilon;
    this.table = new Table(backend.name());
  }

  Table table() {
    return table;
  }

  void check(Sample sample) {
    boolean backwards = sample.hasGradient();
    var definition = Case.of(sample, reference, false, backwards);
    var expected = run(reference, definition, sample, PlanOptions.ALL);
    compare(sample, mine(sample, false, backwards), expected, "", NOT_IN_PLACE);
    compare(sample, mine(sample, true, false), expected, ", in place", PlanOptions.ALL);
    if (backwards) {
      compare(sample, mine(sample, true, true), expected, ", on copies", PlanOptions.ALL);
    }
  }

  private Case mine(Sample sample, boolean copied, boolean backwards) {
    return Case.of(sample, backend, copied, backwards);
  }

  private void compare(
      Sample sample,
      Case sampled,
      Map<String, double[]> expected,
      String how,
      PlanOptions options) {
    var actual = run(backend, sampled, sample, options);
    for (String output : sampled.procedure().outputs().keySet()) {
      double[] right = value(expected, output);
      double size = Math.max(sample.scale(), Compare.max(right));
      table.row(
          sample,
          output + how,
          Compare.difference(
              sampled.type(output).shape(),
              right,
              value(actual, output),
              Tolerance.of(epsilon, sampled.graph(), size)));
    }
  }

  private static double[] value(Map<String, double[]> values, String output) {
    var value = values.get(output);
    if (value == null) {
      throw new IllegalArgumentException("no " + output + " among " + values.keySet());
    }
    return value;
  }

  private static Map<String, double[]> run(
      Backend on, Case sampled, Sample sample, PlanOptions options) {
    List<HostTensor> inputs = sample.inputs();
    try (var harness = Harness.of(on, sampled.procedure(), options)) {
      ReferenceTable.write(harness, inputs);
      harness.write("dy", ReferenceTable.cotangent(sampled.y().type(), sample)).run();
      Map<String, double[]> values = new HashMap<>();
      sampled.procedure().outputs().keySet().forEach(o -> values.put(o, harness.read(o)));
      return values;
    }
  }
}
