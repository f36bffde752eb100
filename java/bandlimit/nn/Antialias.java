package bandlimit.nn;

import bandlimit.signal.Boundary;
import bandlimit.signal.Filter;
import java.util.List;
import java.util.Optional;

/// What a network does against aliasing where it loses resolution; the `model.antialias` of a
/// config.
///
/// [Lowpass] is Zhang (2019): every strided layer in `where` computes at stride 1, and a binomial
/// low-pass with the stride follows its activation.
public sealed interface Antialias {
  /// The network as published without anti-aliasing.
  Antialias NONE = new None();

  /// Whether layers of this place are blurred.
  boolean at(Where place);

  /// The layer that takes over the stride of a layer at `place`, which then computes at stride 1;
  /// empty where that one keeps its stride.
  Optional<Layer> downsampler(Where place, int stride);

  /// Strided layers keep their stride.
  record None() implements Antialias {
    @Override
    public boolean at(Where place) {
      return false;
    }

    @Override
    public Optional<Layer> downsampler(Where place, int stride) {
      return Optional.empty();
    }
  }

  /// Blur with `taps` binomial taps (1 = plain subsampling at full resolution), extended by
  /// `padding`, at the places `where`.
  record Lowpass(int taps, Boundary padding, List<Where> where) implements Antialias {
    public static final int MAX_TAPS = 7;

    public Lowpass {
      if (taps < 1 || taps > MAX_TAPS) {
        throw new IllegalArgumentException(
            "antialias.taps must be 1..%d, got %d".formatted(MAX_TAPS, taps));
      }
      where = List.copyOf(where);
      if (where.isEmpty()) {
        throw new IllegalArgumentException(
            "antialias.where names no place; use antialias.kind: none to blur nowhere");
      }
      if (where.stream().distinct().count() != where.size()) {
        throw new IllegalArgumentException("antialias.where names a place twice: " + where);
      }
    }

    /// The published settings: 4 taps, reflect, everywhere but the stem.
    public Lowpass() {
      this(4);
    }

    /// The published padding and places, with another filter.
    public Lowpass(int taps) {
      this(taps, Boundary.REFLECT, Where.PUBLISHED);
    }

    @Override
    public boolean at(Where place) {
      return where.contains(place);
    }

    @Override
    public Optional<Layer> downsampler(Where place, int stride) {
      return at(place) && stride > 1
          ? Optional.of(new BlurPool(filter(), stride, padding))
          : Optional.empty();
    }

    /// The one-axis filter; the two-dimensional one is its outer product with itself.
    public Filter filter() {
      return Filter.binomial(taps);
    }
  }

  /// The kinds of layers that lose resolution.
  enum Where {
    /// Strided convolutions of the body: conv (stride 1) - norm - ReLU - blur.
    CONV,
    /// Max-pools: maximum at stride 1, then blur.
    POOL,
    /// Strided 1x1 shortcuts: blur, then the 1x1 at stride 1.
    SHORTCUT,
    /// The strided first convolution. Published networks keep its stride: at full resolution it is
    /// the most expensive layer.
    STEM;

    /// What the published anti-aliased networks blur.
    public static final List<Where> PUBLISHED = List.of(CONV, POOL, SHORTCUT);
  }
}
