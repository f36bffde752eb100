package bandlimit.certify;

import bandlimit.graph.Graph;
import bandlimit.graph.Node;
import bandlimit.nn.Scope;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/// Takes what is known of the inputs of a graph through it, node by node, as shapes are.
final class Inference {
  private final IdentityHashMap<Node, Value> values;
  private final IdentityHashMap<Node, Scope.Adaptive> adaptives = new IdentityHashMap<>();
  private final IdentityHashMap<Node, Value> chosenFor = new IdentityHashMap<>();

  private Inference(Map<Node, Value> given, List<Scope.Adaptive> adaptives) {
    this.values = new IdentityHashMap<>();
    given.forEach(values::put);
    adaptives.forEach(a -> this.adaptives.put(a.result(), a));
  }

  /// @param given the values of inputs that images change; other leaves are fixed
  /// @param adaptives what is declared of several nodes together
  static Map<Node, Value> of(
      Iterable<Node> nodes, Map<Node, Value> given, List<Scope.Adaptive> adaptives) {
    var inference = new Inference(given, adaptives);
    nodes.forEach(inference::see);
    return Collections.unmodifiableMap(inference.values);
  }

  /// Of a whole network, whose images (N, H, W, C) are `images`.
  ///
  /// @param nyquist whether even images may hold their Nyquist frequency
  static Map<Node, Value> of(
      Graph graph, Node images, boolean nyquist, List<Scope.Adaptive> adaptives) {
    var shape = images.shape();
    var map = Value.map(Grid.image(shape.h(), nyquist), Grid.image(shape.w(), nyquist));
    return of(graph.nodes(), Map.of(images, map), adaptives);
  }

  private void see(Node node) {
    if (values.containsKey(node)) {
      return;
    }
    var value = Rules.apply(node, node.inputs().stream().map(n -> Part.value(values, n)).toList());
    var adaptive = adaptives.get(node);
    values.put(node, adaptive == null ? value : adapted(adaptive, value));
  }

  /// What is declared, beside what follows from the operations: translations by whole strides.
  private Value adapted(Scope.Adaptive adaptive, Value plain) {
    var x = Part.value(values, adaptive.x());
    var first = chosenFor.computeIfAbsent(adaptive.choice(), _ -> x);
    String choice = adaptive.choice().path() + "#" + adaptive.choice().id();
    var y =
        plain.with(
            adapted(x.rows(), first.rows(), plain.rows(), choice),
            adapted(x.cols(), first.cols(), plain.cols(), choice));
    return y.with(Losses.of(adaptive.result(), List.of(x), y, because(adaptive)));
  }

  private static Culprit because(Scope.Adaptive adaptive) {
    return new Culprit(adaptive.result().path(), "adaptive sampling follows whole samples only");
  }

  private static Axis adapted(Axis x, Axis first, Axis plain, String choice) {
    if (!(x instanceof Grid grid && first instanceof Grid chosen)) {
      return plain;
    }
    var claims = new ArrayList<>(plain.claims());
    claims.removeIf(claim -> claim.moves().isReal());
    int samples = plain instanceof Grid sampled ? sampled.n() : 1;
    claims.addAll(grid.adapted(chosen, samples, choice));
    return switch (plain) {
      // one sample has nowhere to move
      case Axis.Still _ ->
          new Axis.Still(claims.stream().map(c -> c.chosen(List.of(), 0)).toList());
      case Grid sampled ->
          sampled.extra() == 0 ? sampled.with(sampled.n(), 0, sampled.n() / 2, claims) : sampled;
    };
  }
}
