package bandlimit.model;

import bandlimit.graph.Node;
import bandlimit.nn.Antialias;
import bandlimit.nn.Antialias.Where;
import bandlimit.nn.Downsampler;
import bandlimit.nn.Downsampler.Sampled;
import bandlimit.nn.MaxPool;
import bandlimit.nn.Padding;
import bandlimit.nn.Scope;
import bandlimit.signal.Boundary;
import java.util.List;
import java.util.Optional;

/// A layer that loses resolution, published or anti-aliased: the stride left to the layer itself,
/// and what takes over the rest.
record Strided(int stride, Optional<Downsampler> downsampler) {

  /// The choice for the layer at `layer`, with a note there of what was changed and why.
  static Strided of(Scope layer, Antialias antialias, Where place, int stride) {
    var downsampler = antialias.downsampler(place, stride);
    if (downsampler.isPresent()) {
      layer.note(changed(antialias, place, stride));
    } else if (stride > 1 && !antialias.equals(Antialias.NONE)) {
      layer.note(kept(place, stride));
    }
    return new Strided(downsampler.isPresent() ? 1 : stride, downsampler);
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

  private static String changed(Antialias antialias, Where place, int stride) {
    String what = antialias.words();
    String kept = "so that every shift keeps the same samples";
    return switch (antialias) {
      case Antialias.None _ -> throw new IllegalStateException("changes nothing");
      case Antialias.Lowpass _, Antialias.Ideal _ ->
          switch (place) {
            case CONV, STEM ->
                "stride %d -> 1: the %s that follows takes the stride, so no detail folds over"
                    .formatted(stride, what);
            case POOL ->
                "stride %d -> 1: the maximum at every position, then the %s takes the stride"
                    .formatted(stride, what);
            case SHORTCUT ->
                "stride %d -> 1: the %s first, so both branches are sampled alike"
                    .formatted(stride, what);
          };
      case Antialias.Aps _, Antialias.Lps _ ->
          switch (place) {
            case CONV, STEM -> "stride %d -> 1: %s follows, %s".formatted(stride, what, kept);
            case POOL ->
                "stride %d -> 1: the maximum at every position, then %s, %s"
                    .formatted(stride, what, kept);
            case SHORTCUT ->
                "stride %d -> 1: sampled where the residual branch was".formatted(stride);
          };
    };
  }

  /// `x` without the resolution that the layer kept; x itself where the layer kept its stride.
  Sampled sample(Scope scope, Node x) {
    return downsampler
        .map(layer -> layer.sample(scope, x))
        .orElseGet(() -> new Sampled(x, List.of()));
  }

  /// The same at the positions of another map.
  Node sampleLike(Scope scope, Node x, Sampled other) {
    return downsampler.map(layer -> layer.sampleLike(scope, x, other.choices())).orElse(x);
  }

  /// A 2x2 max-pool of stride 2 or its anti-aliased form.
  static Node maxPool(Scope scope, Parts parts, Node x) {
    return maxPool(scope, parts, x, new MaxPool(2, 2, 0));
  }

  /// `published`, or the maximum over 2x2 at stride 1, sampled.
  static Node maxPool(Scope scope, Parts parts, Node x, MaxPool published) {
    var choice = of(scope, parts.antialias(), Where.POOL, published.stride());
    if (choice.downsampler.isEmpty()) {
      return published.build(scope, x);
    }
    if (parts.everyShift()) {
      scope.note("a maximum breaks equivariance to fractional shifts here");
    }
    var y = parts.boundary() == Boundary.CIRCULAR ? wrapped(scope, x) : x;
    return choice.sample(scope.in("blur"), new MaxPool(2, 1, 0).build(scope, y)).y();
  }

  /// With the row and column of the other edge, so that the maximum is as large as the map.
  private static Node wrapped(Scope scope, Node x) {
    int rows = x.shape().h() > 1 ? 1 : 0;
    return new Padding(Boundary.CIRCULAR, 0, rows, 0, 1).build(scope.in("wrap"), x);
  }
}
