package bandlimit.certify;

import bandlimit.graph.Graph;
import bandlimit.graph.Node;
import bandlimit.graph.op.Constant;
import bandlimit.graph.op.Input;
import bandlimit.graph.op.State;
import bandlimit.nn.Scope;
import bandlimit.plan.PlanPrinter;
import bandlimit.tensor.TensorType;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/// A layer: the nodes of one path, to be run by themselves.
///
/// @param nodes that images change, in order
/// @param inputs values from other layers that images change
/// @param outputs values that other layers read, or the network's result
record Part(String path, List<Node> nodes, List<Node> inputs, List<Node> outputs) {
  Part {
    nodes = List.copyOf(nodes);
    inputs = List.copyOf(inputs);
    outputs = List.copyOf(outputs);
  }

  /// The layers of a network, in the order of computation. What is declared of several nodes
  /// together stays together.
  static List<Part> of(
      Graph graph, Node output, Map<Node, Value> values, List<Scope.Adaptive> adaptives) {
    Map<Node, String> declared = new LinkedHashMap<>();
    for (var adaptive : adaptives) {
      between(graph, adaptive).forEach(n -> declared.put(n, layer(adaptive.result())));
    }
    return of(graph, output, values, node -> declared.getOrDefault(node, layer(node)));
  }

  /// The nodes that depend on the map and on which its samples depend.
  private static Set<Node> between(Graph graph, Scope.Adaptive adaptive) {
    Set<Node> behind = new LinkedHashSet<>(List.of(adaptive.x()));
    for (Node node : graph.nodes()) {
      if (node.inputs().stream().anyMatch(behind::contains)) {
        behind.add(node);
      }
    }
    behind.remove(adaptive.x());
    behind.retainAll(needed(adaptive.result()));
    return behind;
  }

  static List<Part> of(
      Graph graph, Node output, Map<Node, Value> values, Function<Node, String> layerOf) {
    Map<String, List<Node>> groups = new LinkedHashMap<>();
    Set<Node> needed = needed(output);
    for (Node node : graph.nodes()) {
      boolean changes = needed.contains(node) && !value(values, node).isFixed();
      if (changes && !(node.op() instanceof Input)) {
        groups.computeIfAbsent(layerOf.apply(node), _ -> new ArrayList<>()).add(node);
      }
    }
    var parts = new ArrayList<Part>();
    groups.forEach((path, nodes) -> parts.add(part(path, nodes, graph, output, values, needed)));
    return parts;
  }

  private static Part part(
      String path,
      List<Node> nodes,
      Graph graph,
      Node output,
      Map<Node, Value> values,
      Set<Node> needed) {
    Set<Node> own = new LinkedHashSet<>(nodes);
    Set<Node> inputs = new LinkedHashSet<>();
    for (Node node : nodes) {
      for (Node input : node.inputs()) {
        if (!own.contains(input) && !value(values, input).isFixed()) {
          inputs.add(input);
        }
      }
    }
    Set<Node> read = new LinkedHashSet<>();
    for (Node node : graph.nodes()) {
      if (needed.contains(node) && !own.contains(node)) {
        read.addAll(node.inputs());
      }
    }
    read.add(output);
    var outputs = nodes.stream().filter(read::contains).toList();
    return new Part(path, nodes, List.copyOf(inputs), outputs);
  }

  static Value value(Map<Node, Value> values, Node node) {
    var value = values.get(node);
    if (value == null) {
      throw new IllegalStateException(node.path() + " was not looked at");
    }
    return value;
  }

  private static Set<Node> needed(Node output) {
    Set<Node> needed = new LinkedHashSet<>();
    var open = new ArrayList<Node>(List.of(output));
    while (!open.isEmpty()) {
      var node = open.removeLast();
      if (needed.add(node)) {
        open.addAll(node.inputs());
      }
    }
    return needed;
  }

  /// Nodes are PATH or PATH/part.
  static String layer(Node node) {
    return layer(node.path());
  }

  static String layer(String path) {
    int end = path.indexOf('/');
    return end < 0 ? path : path.substring(0, end);
  }

  /// Whether images change a value that this layer reads or makes.
  boolean changes(Node node) {
    return inputs.contains(node) || nodes.contains(node);
  }

  String words() {
    return nodes.stream().map(node -> PlanPrinter.op(node.op())).collect(Collectors.joining(", "));
  }

  /// The graph of this layer alone, from `inputs` of these types as x0, x1, ...; `write` writes
  /// each of its nodes.
  Map<Node, Node> writtenTo(Graph to, List<TensorType> types, Writer write) {
    Map<Node, Node> copies = new LinkedHashMap<>();
    for (int i = 0; i < inputs.size(); i++) {
      copies.put(inputs.get(i), to.input(Probe.input(i), types.get(i)));
    }
    for (Node node : nodes) {
      var in = node.inputs().stream().map(x -> fixed(x, to, copies)).toList();
      copies.put(node, write.node(to, node, in));
    }
    return copies;
  }

  /// The writer that changes nothing.
  static Node copy(Graph to, Node node, List<Node> inputs) {
    return to.apply(node.path(), node.op(), inputs);
  }

  static Node copy(Map<Node, Node> copies, Node node) {
    var copy = copies.get(node);
    if (copy == null) {
      throw new IllegalStateException(node.path() + " was not written");
    }
    return copy;
  }

  private static Node fixed(Node node, Graph to, Map<Node, Node> copies) {
    var known = copies.get(node);
    if (known != null) {
      return known;
    }
    var copy =
        switch (node.op()) {
          case State state -> to.state(node.path(), state.type());
          case Input input -> to.input(node.path(), input.type());
          case Constant constant -> to.apply(node.path(), constant);
          default ->
              to.apply(
                  node.path(),
                  node.op(),
                  node.inputs().stream().map(x -> fixed(x, to, copies)).toList());
        };
    copies.put(node, copy);
    return copy;
  }

  /// Writes what stands for a node.
  @FunctionalInterface
  interface Writer {
    Node node(Graph to, Node node, List<Node> inputs);
  }
}
