package bandlimit.conformance;

import bandlimit.backend.Backend;
import bandlimit.graph.Node;
import bandlimit.plan.PlanOptions;
import bandlimit.tensor.HostTensor;
import bandlimit.tensor.TensorType;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/// The rows of every other backend: each sample and its gradients against the reference, on inputs
/// that stay, and on values that die in the step and may be written over.
public final class BackendTable {
  private static final PlanOptions NOT_IN_PLACE = new PlanOptions(true, true, true, true, false);

  private final Backend backend;
  private final double epsilon;
  private final Backend reference;
  private final Table table;

  /// The float32 rows; `epsilon` is that of the backend's arithmetic.
  public BackendTable(Backend backend, Backend reference, double epsilon) {
    this(backend, reference, epsilon, new Table(backend.name()));
  }

  private BackendTable(Backend backend, Backend reference, double epsilon, Table table) {
    this.backend = backend;
    this.reference = reference;
    this.epsilon = epsilon;
    this.table = table;
  }

  /// The rows of a backend that keeps activations in bf16, and computes in float32.
  public static BackendTable bf16(Backend backend, Backend reference) {
    var table = new Table(backend.name() + " bf16", Bf16Samples.rows());
    return new BackendTable(backend, reference, Tolerance.F32_EPSILON, table);
  }

  public Table table() {
    return table;
  }

  public void check(Sample sample) {
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
    for (Map.Entry<String, Node> made : sampled.procedure().outputs().entrySet()) {
      String output = made.getKey();
      double[] right = value(expected, output);
      double size = Math.max(sample.scale(), Compare.max(right));
      table.row(
          sample,
          output + how,
          Compare.difference(
              made.getValue().shape(),
              right,
              value(actual, output),
              Tolerance.of(epsilon, sampled.graph(), made.getValue(), size)));
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
      write(harness, inputs);
      harness.write("dy", cotangent(sampled.y().type(), sample));
      sampled.procedure().outputs().keySet().forEach(harness::poison); // what is not written shows
      harness.run();
      Map<String, double[]> values = new HashMap<>();
      sampled.procedure().outputs().keySet().forEach(o -> values.put(o, harness.read(o)));
      return values;
    }
  }

  static void write(Harness harness, List<HostTensor> inputs) {
    for (int i = 0; i < inputs.size(); i++) {
      harness.write(Sample.input(i), inputs.get(i));
    }
  }

  /// The cotangent dy.
  static HostTensor cotangent(TensorType type, Sample sample) {
    return random(type, sample, 0);
  }

  /// Never the numbers of an input, nor of one another: along dy itself an op and its transpose
  /// look the same.
  static HostTensor random(TensorType type, Sample sample, int which) {
    var tensor = HostTensor.allocate(type);
    Values.normal()
        .fill(tensor, new Random(~sample.toString().hashCode() ^ which * 0x9e3779b97f4a7c15L));
    return tensor;
  }
}
