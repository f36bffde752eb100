package bandlimit.nn;

import bandlimit.graph.Node;
import java.util.List;
import java.util.stream.IntStream;

/// Layers one after another, each in a scope of its own name.
public record Sequential(List<Part> parts) implements Layer {
  /// A layer and the name it goes by in paths.
  public record Part(String name, Layer layer) {}

  public Sequential {
    parts = List.copyOf(parts);
    if (parts.stream().map(Part::name).distinct().count() != parts.size()) {
      throw new IllegalArgumentException("two parts of one name in " + parts);
    }
  }

  /// Named 0, 1, 2, ... as PyTorch does.
  public static Sequential of(List<? extends Layer> layers) {
    return new Sequential(
        IntStream.range(0, layers.size())
            .mapToObj(i -> new Part(String.valueOf(i), layers.get(i)))
            .toList());
  }

  public static Sequential of(Layer... layers) {
    return of(List.of(layers));
  }

  @Override
  public Node build(Scope scope, Node x) {
    var y = x;
    for (Part part : parts) {
      y = part.layer.build(scope.in(part.name), y);
    }
    return y;
  }
}
