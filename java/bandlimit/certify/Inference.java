package bandlimit.certify;

import bandlimit.graph.Graph;
import bandlimit.graph.Node;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Map;

/// Takes what is known of the inputs of a graph through it, node by node, as shapes are.
final class Inference {
  private Inference() {}

  /// @param given the values of inputs that images change; other leaves are fixed
  static Map<Node, Value> of(Iterable<Node> nodes, Map<Node, Value> given) {
    Map<Node, Value> values = new IdentityHashMap<>(given);
    for (Node node : nodes) {
      if (!values.containsKey(node)) {
        var in = node.inputs().stream().map(values::get).toList();
        values.put(node, Rules.apply(node, in));
      }
    }
    return Collections.unmodifiableMap(values);
  }

  /// Of a whole network, whose images (N, H, W, C) are `images`.
  ///
  /// @param nyquist whether even images may hold their Nyquist frequency
  static Map<Node, Value> of(Graph graph, Node images, boolean nyquist) {
    var shape = images.shape();
    var map = Value.map(Grid.image(shape.h(), nyquist), Grid.image(shape.w(), nyquist));
    return of(graph.nodes(), Map.of(images, map));
  }
}
