package bandlimit.model;

import bandlimit.graph.Graph;
import bandlimit.graph.Node;
import bandlimit.graph.op.Constant;
import bandlimit.graph.op.Conv2d;
import bandlimit.graph.op.Input;
import bandlimit.graph.op.State;
import bandlimit.nn.Layer;
import bandlimit.nn.Mode;
import bandlimit.nn.Scope;
import bandlimit.nn.Variables;
import bandlimit.plan.Cost;
import bandlimit.plan.PlanPrinter;
import bandlimit.tensor.Shape;
import bandlimit.tensor.TensorType;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// A network layer by layer, for one sample and the forward direction: shapes, parameters, costs,
/// and what anti-aliasing changed and why.
///
/// @param input (H, W, C)
/// @param rows in the order of computation
public record Explanation(Shape input, List<Row> rows) {
  /// One layer.
  ///
  /// @param op what it computes in a few words
  /// @param output extents of its result, without the batch
  /// @param macs multiply-accumulates
  /// @param bytes of its result in 32 bits
  /// @param notes on what was changed, and why
  public record Row(
      String path,
      String op,
      Shape output,
      long parameters,
      long macs,
      long bytes,
      List<String> notes) {
    public Row {
      notes = List.copyOf(notes);
    }
  }

  public Explanation {
    rows = List.copyOf(rows);
  }

  public static Explanation of(ModelSpec spec) {
    return of(Models.create(spec), spec.input());
  }

  /// Builds `layer` for a batch of one sample; throws what building throws.
  public static Explanation of(Layer layer, Shape input) {
    var graph = new Graph();
    var variables = new Variables();
    var scope = Scope.root(graph, Mode.EVAL, variables);
    var x = graph.input("images", TensorType.f32(1, input.at(0), input.at(1), input.at(2)));
    layer.build(scope, x);
    Map<String, List<Node>> nodes = new LinkedHashMap<>();
    for (Node node : graph.nodes()) {
      if (!(node.op() instanceof Input || node.op() instanceof Constant)) {
        nodes.computeIfAbsent(layerOf(node), _ -> new ArrayList<>()).add(node);
      }
    }
    Map<String, List<String>> notes = new LinkedHashMap<>();
    scope
        .notes()
        .forEach(
            (path, texts) ->
                notes
                    .computeIfAbsent(nearest(path, nodes.keySet()), _ -> new ArrayList<>())
                    .addAll(texts));
    var rows = new ArrayList<Row>();
    nodes.forEach(
        (path, parts) ->
            rows.add(row(path, parts, variables, notes.getOrDefault(path, List.of()))));
    return new Explanation(input, rows);
  }

  /// A part that was left out has no nodes: what it notes goes to the layer around it.
  private static String nearest(String path, Set<String> layers) {
    String at = path;
    while (!layers.contains(at) && at.contains(".")) {
      at = at.substring(0, at.lastIndexOf('.'));
    }
    return at;
  }

  /// Nodes are PATH or PATH/part, states PATH.name.
  private static String layerOf(Node node) {
    String path = node.path();
    int end = node.op() instanceof State ? path.lastIndexOf('.') : path.indexOf('/');
    return end < 0 ? path : path.substring(0, end);
  }

  private static Row row(String path, List<Node> parts, Variables variables, List<String> notes) {
    long parameters = 0;
    var cost = Cost.NONE;
    var op = new StringBuilder();
    for (Node node : parts) {
      if (node.op() instanceof State) {
        var variable = variables.byPath().get(node.path());
        parameters += variable != null && variable.trainable() ? node.shape().size() : 0;
        continue;
      }
      cost =
          cost.plus(
              Cost.of(node.op(), node.inputs().stream().map(Node::type).toList(), node.type()));
      op.append(op.isEmpty() ? "" : ", ").append(name(node));
    }
    var output = parts.getLast().type();
    return new Row(
        path,
        op.toString(),
        withoutBatch(output.shape()),
        parameters,
        cost.macs(),
        output.bytes(),
        notes);
  }

  private static String name(Node node) {
    String name = PlanPrinter.op(node.op());
    if (node.op() instanceof Conv2d) {
      var w = node.input(1).shape();
      return name.replaceFirst("Conv2d", "Conv2d %dx%d".formatted(w.h(), w.w()));
    }
    return name;
  }

  private static Shape withoutBatch(Shape shape) {
    return new Shape(shape.dims().subList(1, shape.rank()));
  }

  public long parameters() {
    return rows.stream().mapToLong(Row::parameters).sum();
  }

  public long macs() {
    return rows.stream().mapToLong(Row::macs).sum();
  }

  /// Of all results together: what a training step must remember of one sample, about.
  public long bytes() {
    return rows.stream().mapToLong(Row::bytes).sum();
  }
}
