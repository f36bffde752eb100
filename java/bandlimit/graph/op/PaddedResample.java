package bandlimit.graph.op;

import bandlimit.graph.Graph;
import bandlimit.graph.Node;
import bandlimit.signal.Boundary;
import bandlimit.tensor.TensorType;
import java.util.List;

/// [Resample] of a [Pad]ded map: the border becomes an index rule, and the padded map is never
/// written.
public record PaddedResample(Pad pad, Resample resample) implements FusedOp {
  /// With no border at all.
  public static PaddedResample of(Resample resample) {
    return new PaddedResample(new Pad(Boundary.ZERO, 0, 0, 0, 0), resample);
  }

  public boolean hasBorder() {
    return pad.top() + pad.bottom() + pad.left() + pad.right() > 0;
  }

  @Override
  public TensorType infer(List<TensorType> in) {
    return resample.infer(List.of(pad.infer(in)));
  }

  @Override
  public Node define(Graph graph, String path, List<Node> inputs) {
    return graph.apply(
        path, resample, hasBorder() ? List.of(graph.apply(path + "/pad", pad, inputs)) : inputs);
  }
}
