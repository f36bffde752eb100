package bandlimit.conformance;

import bandlimit.graph.Gradients;
import bandlimit.graph.Graph;
import bandlimit.graph.Node;
import bandlimit.plan.Procedure;
import bandlimit.plan.Target;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// A sample as a procedure: `y`, and with `backwards` the gradients `dx0`, `dx1`, ... of <y, dy>.
record Case(Graph graph, Procedure procedure, Node y) {
  /// A fused op that `target` lacks is written in core ops.
  static Case of(Sample sample, Target target, boolean copied, boolean backwards) {
    var graph = new Graph();
    var y = sample.node(graph, target, copied);
    Map<String, Node> outputs = new LinkedHashMap<>();
    outputs.put("y", y);
    if (backwards) {
      var gradients = Gradients.of(graph, y, graph.input("dy", y.type()));
      for (int i = 0; i < sample.in().size(); i++) {
        var gradient = gradients.of(graph.input(Sample.input(i), sample.in().get(i)));
        if (gradient.isPresent()) {
          outputs.put(gradient(i), gradient.get());
        }
      }
    }
    return new Case(graph, new Procedure("sample", graph, outputs, List.of()), y);
  }

  static String gradient(int input) {
    return "d" + Sample.input(input);
  }

  boolean has(String output) {
    return procedure.outputs().containsKey(output);
  }
}
