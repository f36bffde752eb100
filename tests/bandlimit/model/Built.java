package bandlimit.model;

import bandlimit.graph.Graph;
import bandlimit.graph.Node;
import bandlimit.graph.op.Conv2d;
import bandlimit.graph.op.Op;
import bandlimit.graph.op.Resample;
import bandlimit.nn.Layer;
import bandlimit.nn.Mode;
import bandlimit.nn.Scope;
import bandlimit.nn.Variables;
import bandlimit.tensor.Shape;
import bandlimit.tensor.TensorType;
import java.util.List;

/// A model built into a graph, for tests that look at its structure.
record Built(Graph graph, Variables variables, Scope scope, Node logits) {
  static Built of(ModelSpec spec, int batch, Mode mode) {
    return of(Models.create(spec), spec.input(), batch, mode);
  }

  static Built of(ModelSpec spec) {
    return of(spec, 2, Mode.TRAIN);
  }

  static Built of(Layer layer, Shape input, int batch, Mode mode) {
    var graph = new Graph();
    var variables = new Variables();
    var scope = Scope.root(graph, mode, variables);
    var x = graph.input("images", TensorType.f32(batch, input.at(0), input.at(1), input.at(2)));
    return new Built(graph, variables, scope, layer.build(scope, x));
  }

  Node node(String path) {
    return graph.nodes().stream()
        .filter(node -> node.path().equals(path))
        .findFirst()
        .orElseThrow(() -> new AssertionError("no node " + path));
  }

  List<Node> nodes(Class<? extends Op> kind) {
    return graph.nodes().stream().filter(node -> kind.isInstance(node.op())).toList();
  }

  List<String> blurs() {
    return nodes(Resample.class).stream()
        .filter(node -> ((Resample) node.op()).cols().taps().size() > 1)
        .map(Node::path)
        .toList();
  }

  List<String> stridedConvolutions() {
    return nodes(Conv2d.class).stream()
        .filter(node -> ((Conv2d) node.op()).geometry().strideH() > 1)
        .map(Node::path)
        .toList();
  }
}
