package bandlimit.model;

import bandlimit.graph.Node;
import bandlimit.nn.Antialias;
import bandlimit.nn.Antialias.Where;
import bandlimit.nn.Layer;
import bandlimit.nn.MaxBlurPool;
import bandlimit.nn.MaxPool;
import bandlimit.nn.Scope;
import java.util.Optional;

/// A layer that loses resolution, published or anti-aliased: the stride left to the layer itself,
/// and the blur that takes over the rest.
record Strided(int stride, Optional<Layer> blur) {

  /// The choice for the layer at `layer`, with a note there of what was changed and why.
  static Strided of(Scope layer, Antialias antialias, Where place, int stride) {
    var blur = antialias.downsampler(place, stride);
    if (blur.isPresent()) {
      layer.note(changed(place, stride));
    } else if (stride > 1 && !antialias.equals(Antialias.NONE)) {
      layer.note(kept(place, stride));
    }
    return new Strided(blur.isPresent() ? 1 : stride, blur);
  }

  private static String kept(Where place, int stride) {
    return switch (place) {
      case STEM ->
          "stride %d kept, as published: at stride 1 this layer costs %d times as much"
              .formatted(stride, stride * stride);
      case CONV, POOL, SHORTCUT ->
          "stride %d kept: antialias.where leaves it out".formatted(stride);
    };
  }

  private static String changed(Where place, int stride) {
    return switch (place) {
      case CONV, STEM ->
          "stride %d -> 1: the blur after the ReLU takes the stride, so no detail folds over"
              .formatted(stride);
      case POOL ->
          "stride %d -> 1: the maximum at every position, then the blur takes the stride"
              .formatted(stride);
      case SHORTCUT ->
          "stride %d -> 1: blurred first, so both branches are sampled alike".formatted(stride);
    };
  }

  /// The blur at `scope`; x itself where the layer kept its stride.
  Node blur(Scope scope, Node x) {
    return blur.map(layer -> layer.build(scope, x)).orElse(x);
  }

  /// A 2x2 max-pool of stride 2 or its anti-aliased form.
  static Node maxPool(Scope scope, Antialias antialias, Node x) {
    return maxPool(scope, antialias, x, new MaxPool(2, 2, 0));
  }

  /// `published`, or the maximum over 2x2 at stride 1 with a blur.
  static Node maxPool(Scope scope, Antialias antialias, Node x, MaxPool published) {
    var choice = of(scope, antialias, Where.POOL, published.stride());
    return choice
        .blur
        .<Layer>map(blur -> new MaxBlurPool(2, 0, blur))
        .orElse(published)
        .build(scope, x);
  }
}
