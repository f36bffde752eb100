package bandlimit.golden;

import bandlimit.conformance.Compare;
import bandlimit.conformance.Harness;
import bandlimit.graph.Gradients;
import bandlimit.graph.Graph;
import bandlimit.graph.Node;
import bandlimit.nn.Mode;
import bandlimit.nn.Scope;
import bandlimit.nn.Variable;
import bandlimit.nn.Variables;
import bandlimit.plan.Procedure;
import bandlimit.signal.Filter;
import bandlimit.tensor.HostTensor;
import bandlimit.tensor.Shape;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// A case of one layer: `x` and variables in; `y`, `gx`, the gradients of the variables and the
/// renewed statistics out.
final class LayerCase {
  private static final String LAYER = "layer";
  private static final String NEXT = "next ";
  private static final String GRADIENT = "gradient ";

  private final GoldenCase golden;
  private final GoldenOptions options;
  private final Verdict verdict;
  private final Variables variables = new Variables();
  private final boolean spatial;

  private LayerCase(GoldenCase golden, Verdict verdict) {
    this.golden = golden;
    this.options = golden.options();
    this.verdict = verdict;
    this.spatial = GoldenLayers.isSpatial(options.op());
  }

  static void run(GoldenCase golden, Verdict verdict) {
    new LayerCase(golden, verdict).run();
  }

  private void run() {
    checkTaps();
    var x = ours(golden.tensor("x"));
    var gy = ours(golden.tensor("gy"));
    var graph = new Graph();
    boolean train = options.flag("training", true);
    var scope = Scope.root(graph, train ? Mode.TRAIN : Mode.EVAL, variables).in(LAYER);
    var layer =
        options.op().equals("ideal_resize")
            ? GoldenLayers.resize(ours(golden.tensor("y")).shape())
            : GoldenLayers.of(options, weightShape(), golden.has("b"));
    var input = graph.input("x", x.type());
    var y = layer.build(scope, input);
    var outputs = outputs(graph, scope, input, y);
    try (var harness =
        Harness.of(verdict.machine().backend(), new Procedure("case", graph, outputs, List.of()))) {
      harness.write("x", x).write("gy", gy);
      for (Variable variable : variables.all()) {
        harness.writeState(variable.path(), GoldenVariables.join(variable, this::before));
      }
      harness.run();
      compare(harness, outputs);
    }
  }

  private Map<String, Node> outputs(Graph graph, Scope scope, Node input, Node y) {
    Map<String, Node> outputs = new LinkedHashMap<>();
    outputs.put("y", y);
    var gradients = Gradients.of(graph, y, graph.input("gy", y.type()));
    outputs.put("gx", gradients.of(input).orElseThrow());
    for (Variable variable : variables.trainable()) {
      var state = graph.state(variable.path(), variable.type());
      outputs.put(GRADIENT + variable.path(), gradients.of(state).orElseThrow());
    }
    scope.renewals().forEach(r -> outputs.put(NEXT + r.state().path(), r.next()));
    return outputs;
  }

  private void compare(Harness harness, Map<String, Node> outputs) {
    for (String output : List.of("y", "gx")) {
      var shape = nonNull(outputs.get(output)).shape();
      var value = HostTensor.of(shape, harness.read(output));
      verdict.compare(output, spatial ? Nchw.toNchw(value) : value, tolerance(output));
    }
    for (Variable variable : variables.all()) {
      String path = variable.path();
      if (variable.trainable()) {
        GoldenVariables.split(variable, harness.read(GRADIENT + path))
            .forEach(
                (name, value) ->
                    verdict.compare(
                        "g" + strip(name), value, Tolerance.parameterGradient(verdict.machine())));
      } else {
        boolean renewed = outputs.containsKey(NEXT + path);
        double[] next = renewed ? harness.read(NEXT + path) : harness.readState(path);
        GoldenVariables.split(variable, next)
            .forEach(
                (name, value) -> verdict.compare(strip(name) + "_after", value, tolerance("y")));
      }
    }
  }

  private Tolerance tolerance(String output) {
    var machine = verdict.machine();
    return switch (options.op()) {
      case "gelu_erf", "gelu_tanh" -> Tolerance.gelu(machine);
      case "softmax", "log_softmax" ->
          output.equals("gx") && isSaturated(golden)
              ? Tolerance.saturated(machine)
              : Tolerance.operation(machine);
      default -> Tolerance.operation(machine);
    };
  }

  /// Logits so far apart that some probabilities are 0 or 1 but for rounding.
  static boolean isSaturated(GoldenCase golden) {
    return Compare.max(golden.tensor("x").toDoubles()) > 10;
  }

  private void checkTaps() {
    if (options.has("taps")) {
      var ours = Filter.binomial(options.integer("taps"));
      golden
          .file()
          .taps(ours.size())
          .flatMap(
              theirs ->
                  Compare.difference(
                      Shape.of(ours.size()),
                      theirs,
                      ours.taps().stream().mapToDouble(t -> t).toArray(),
                      1e-16))
          .ifPresent(text -> verdict.fail("taps: " + text));
    }
  }

  /// In our order of axes; coefficients as (rows, degree + 1).
  private Shape weightShape() {
    if (golden.has("a0")) {
      return golden.tensor("a0").shape();
    }
    if (!golden.has("w")) {
      return Shape.of();
    }
    var w = golden.tensor("w").shape();
    return w.rank() == 4 ? Shape.of(w.at(0), w.at(2), w.at(3), w.at(1)) : w;
  }

  private HostTensor before(String name) {
    String tensor = strip(name);
    return golden.tensor(tensor.startsWith("running_") ? tensor + "_before" : tensor);
  }

  private static String strip(String name) {
    return name.substring(LAYER.length() + 1);
  }

  private HostTensor ours(HostTensor x) {
    return spatial ? Nchw.toNhwc(x) : x;
  }

  private static Node nonNull(@org.jspecify.annotations.Nullable Node node) {
    return java.util.Objects.requireNonNull(node);
  }
}
