package bandlimit.graph.op;

import bandlimit.graph.Graph;
import bandlimit.graph.Node;
import bandlimit.tensor.TensorType;
import java.util.List;

/// A convolution, and as its [Part] 1 the batch [Moments] of what it gives, from (x, w): the sums
/// are taken while the result is in registers, which saves batch norm one pass of three over
/// memory.
public record ConvMoments(ConvGeometry geometry) implements FusedOp {
  private static final Moments MOMENTS = new Moments(Over.BATCH);

  @Override
  public TensorType infer(List<TensorType> in) {
    return new Conv2d(geometry).infer(in);
  }

  @Override
  public List<TensorType> parts(List<TensorType> in) {
    return List.of(MOMENTS.infer(List.of(infer(in))));
  }

  @Override
  public Node define(Graph graph, String path, List<Node> inputs) {
    return graph.apply(path, new Conv2d(geometry), inputs);
  }

  @Override
  public List<Node> defineParts(Graph graph, String path, List<Node> inputs) {
    return List.of(graph.apply(path + "/moments", MOMENTS, define(graph, path, inputs)));
  }
}
