package bandlimit.golden;

import bandlimit.conformance.Harness;
import bandlimit.graph.Gradients;
import bandlimit.graph.Graph;
import bandlimit.graph.Node;
import bandlimit.graph.op.OneHot;
import bandlimit.graph.op.Reduce;
import bandlimit.graph.op.SoftmaxCrossEntropy;
import bandlimit.plan.Procedure;
import bandlimit.tensor.DType;
import bandlimit.tensor.Shape;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// A case of the loss: softmax cross-entropy with label smoothing, the mean over the batch.
final class LossCase {
  private LossCase() {}

  static void run(GoldenCase golden, Verdict verdict) {
    double smoothing = golden.options().number("label_smoothing");
    var x = golden.tensor("x");
    var target = golden.tensor("target");
    var graph = new Graph();
    var logits = graph.input("x", x.type());
    var labels = graph.input("target", target.type());
    var loss = loss(graph, logits, labels, smoothing);
    var gradients = Gradients.of(graph, loss, graph.input("gy", loss.type()));
    Map<String, Node> outputs = new LinkedHashMap<>();
    outputs.put("y", loss);
    outputs.put("gx", gradients.of(logits).orElseThrow());
    var machine = verdict.machine();
    try (var harness =
        Harness.of(machine.backend(), new Procedure("loss", graph, outputs, List.of()))) {
      harness.write("x", x).write("target", target).write("gy", golden.tensor("gy")).run();
      verdict.compare("y", harness.read("y"), Tolerance.operation(machine));
      boolean saturated = LayerCase.isSaturated(golden);
      verdict.compare(
          "gx",
          harness.read("gx"),
          saturated ? Tolerance.saturated(machine) : Tolerance.operation(machine));
    }
  }

  static Node loss(Graph graph, Node logits, Node labels, double smoothing) {
    int n = logits.shape().at(0);
    var oneHot = new OneHot(logits.shape().at(1), smoothing, DType.F32);
    var target = graph.apply("loss/target", oneHot, labels);
    var each = graph.apply("loss/each", new SoftmaxCrossEntropy(), logits, target);
    return graph.apply("loss", new Reduce(Shape.of(), 1.0 / n), each);
  }
}
