package bandlimit.nn;

import bandlimit.graph.Node;
import java.util.List;

/// Takes over the stride of a layer that then computes at every position.
///
/// Where the positions that are kept depend on the map, a branch that is added later must keep the
/// same ones: it is sampled [like][#sampleLike] the first.
public interface Downsampler {
  /// A map that lost resolution, and the choices made for it; none where nothing was chosen.
  record Sampled(Node y, List<Node> choices) {
    public Sampled {
      choices = List.copyOf(choices);
    }
  }

  Sampled sample(Scope scope, Node x);

  /// `x` at the positions that another map was sampled at.
  Node sampleLike(Scope scope, Node x, List<Node> choices);

  /// A layer that keeps the same positions of every map.
  static Downsampler fixed(Layer layer) {
    return new Downsampler() {
      @Override
      public Sampled sample(Scope scope, Node x) {
        return new Sampled(layer.build(scope, x), List.of());
      }

      @Override
      public Node sampleLike(Scope scope, Node x, List<Node> choices) {
        return layer.build(scope, x);
      }
    };
  }
}
