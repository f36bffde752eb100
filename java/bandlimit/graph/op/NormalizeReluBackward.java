package bandlimit.graph.op;

import bandlimit.graph.Graph;
import bandlimit.graph.Node;
import bandlimit.tensor.TensorType;
import java.util.List;

/// Backwards through max(0, [Normalize]), from (x, statistics, gamma, beta, dy): the gradient of x,
/// and as its [Part] 1 the [ChannelGradSums]. What the ReLU let through is found from x again, so
/// that its result need be neither kept nor read: five passes over memory in place of eight.
public record NormalizeReluBackward(Normalize normalize) implements FusedOp {
  @Override
  public TensorType infer(List<TensorType> in) {
    Rule.arity(in, 5, this);
    var x = normalize.infer(in.subList(0, 4));
    Rule.same("dy", x.shape(), in.get(4).shape());
    Rule.same("dy", x.dtype(), in.get(4).dtype());
    return x;
  }

  @Override
  public List<TensorType> parts(List<TensorType> in) {
    return List.of(sums().infer(List.of(in.get(0), in.get(1), in.get(4))));
  }

  private ChannelGradSums sums() {
    return new ChannelGradSums(normalize.over(), normalize.epsilon());
  }

  @Override
  public Node define(Graph graph, String path, List<Node> inputs) {
    var dz = inside(graph, path, inputs);
    var sums = sums(graph, path, inputs, dz);
    var op = new NormalizeGrad(normalize.over(), normalize.epsilon(), normalize.live());
    return graph.apply(path, op, inputs.get(0), inputs.get(1), inputs.get(2), sums, dz);
  }

  @Override
  public List<Node> defineParts(Graph graph, String path, List<Node> inputs) {
    return List.of(sums(graph, path, inputs, inside(graph, path, inputs)));
  }

  /// The gradient between the normalisation and the ReLU.
  private Node inside(Graph graph, String path, List<Node> inputs) {
    var y = graph.apply(path + "/norm", normalize, inputs.subList(0, 4));
    var kept = graph.apply(path + "/relu", new Pointwise(Fn.RELU), y);
    return graph.apply(path + "/inside", new PointwiseGrad(Fn.RELU), kept, inputs.get(4));
  }

  private Node sums(Graph graph, String path, List<Node> inputs, Node dz) {
    return graph.apply(path + "/sums", sums(), inputs.get(0), inputs.get(1), dz);
  }
}
