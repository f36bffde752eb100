package bandlimit.bench;

import bandlimit.graph.Gradients;
import bandlimit.graph.Graph;
import bandlimit.graph.Node;
import bandlimit.plan.Procedure;
import bandlimit.tensor.DType;
import bandlimit.tensor.TensorType;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// One operation at one size, forwards or backwards, as a program of its own.
///
/// @param name what a user calls it: `low-pass 4 taps /2`
/// @param in the types of its inputs `x0`, `x1`, ...; parameters stay float32
/// @param value whether the operation itself is computed
/// @param gradients the inputs whose gradients are computed
public record KernelCase(
    String name, List<TensorType> in, boolean value, List<Integer> gradients, Build build) {
  /// Writes the operation's nodes.
  @FunctionalInterface
  public interface Build {
    Node node(Graph graph, List<Node> inputs);
  }

  public KernelCase {
    in = List.copyOf(in);
    gradients = List.copyOf(gradients);
  }

  /// The forward pass, or where there are gradients those alone.
  public KernelCase(String name, List<TensorType> in, List<Integer> gradients, Build build) {
    this(name, in, gradients.isEmpty(), gradients, build);
  }

  /// `forward`, `backward` with the inputs that get a gradient, or `both`.
  public String direction() {
    return gradients.isEmpty() ? "forward" : (value ? "both " : "backward ") + names(gradients);
  }

  private static String names(List<Integer> inputs) {
    return String.join("+", inputs.stream().map(i -> "dx" + i).toList());
  }

  public DType dtype() {
    return in.getFirst().dtype();
  }

  public String dims() {
    return String.join(" ", in.stream().map(type -> type.shape().toString()).toList());
  }

  public Procedure procedure() {
    var graph = new Graph();
    var inputs =
        java.util.stream.IntStream.range(0, in.size())
            .mapToObj(i -> graph.input("x" + i, in.get(i)))
            .toList();
    var y = build.node(graph, inputs);
    Map<String, Node> outputs = new LinkedHashMap<>();
    if (value) {
      outputs.put("y", y);
    }
    if (!gradients.isEmpty()) {
      var found = Gradients.of(graph, y, graph.input("dy", y.type()));
      for (int i : gradients) {
        outputs.put("dx" + i, found.of(inputs.get(i)).orElseThrow());
      }
    }
    return new Procedure("case", graph, outputs, List.of());
  }
}
