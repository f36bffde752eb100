package bandlimit.nn;

import bandlimit.error.ShapeException;
import bandlimit.graph.Node;
import bandlimit.graph.op.Add;
import bandlimit.graph.op.Cast;
import bandlimit.graph.op.Constant;
import bandlimit.graph.op.Mul;
import bandlimit.tensor.DType;
import bandlimit.tensor.Shape;
import bandlimit.tensor.TensorType;
import java.util.List;

/// (x - mean) / std of each channel, on the device; bytes are first read as 0..1.
public record InputNormalization(List<Double> mean, List<Double> std) implements Layer {
  public InputNormalization {
    mean = List.copyOf(mean);
    std = List.copyOf(std);
  }

  @Override
  public Node build(Scope scope, Node x) {
    int channels = x.shape().c();
    if (mean.size() != channels || std.size() != channels) {
      throw new ShapeException(
          "%s: images %s have %d channels, but the normalisation has %d means and %d deviations"
              .formatted(scope.path(), x.shape(), channels, mean.size(), std.size()));
    }
    boolean bytes = x.type().dtype() == DType.U8;
    var floats = bytes ? scope.apply("cast", new Cast(DType.F32), x) : x;
    var type = new TensorType(floats.type().dtype(), Shape.of(channels));
    double unit = bytes ? 255 : 1;
    var factor = new Constant(type, std.stream().map(s -> 1 / (unit * s)).toList());
    var offset =
        new Constant(
            type,
            java.util.stream.IntStream.range(0, channels)
                .mapToObj(c -> -mean.get(c) / std.get(c))
                .toList());
    var scaled = scope.apply("scaled", new Mul(), floats, scope.apply("factor", factor));
    return scope.apply(new Add(), scaled, scope.apply("offset", offset));
  }
}
