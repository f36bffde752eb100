package bandlimit.nn;

import bandlimit.signal.Boundary;
import bandlimit.signal.Filter;
import java.util.List;
import java.util.Optional;

/// What a network does against aliasing where it loses resolution; the `model.antialias` of a
/// config.
///
/// [Lowpass] is Zhang (2019): every strided layer in `where` computes at stride 1, and a binomial
/// low-pass with the stride follows its activation. The others do the same at every place, and need
/// circular padding for what they promise: [Ideal] commutes with every circular shift (Michaeli et
/// al. 2023), [Aps] and [Lps] with those by whole pixels.
public sealed interface Antialias {
  /// The network as published without anti-aliasing.
  Antialias NONE = new None();

  /// Whether a stride at this place is taken over.
  default boolean at(Where place) {
    return downsampler(place, 2).isPresent();
  }

  /// What takes over the stride of a layer at `place`, which then computes at stride 1; empty where
  /// that one keeps its stride.
  Optional<Downsampler> downsampler(Where place, int stride);

  /// Its name in messages.
  String words();

  /// What lies beyond the edge of a map, where a config does not say.
  default Boundary boundary() {
    return Boundary.CIRCULAR;
  }

  /// Strided layers keep their stride.
  record None() implements Antialias {
    @Override
    public Optional<Downsampler> downsampler(Where place, int stride) {
      return Optional.empty();
    }

    @Override
    public String words() {
      return "none";
    }

    @Override
    public Boundary boundary() {
      return Boundary.ZERO;
    }
  }

  /// Blur with `taps` binomial taps (1 = plain subsampling at full resolution), extended by
  /// `padding`, at the places `where`.
  record Lowpass(int taps, Boundary padding, List<Where> where) implements Antialias {
    public static final int MAX_TAPS = 7;

    public Lowpass {
      checkTaps(taps);
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
    public Optional<Downsampler> downsampler(Where place, int stride) {
      return where.contains(place) && stride > 1
          ? Optional.of(Downsampler.fixed(new BlurPool(filter(), stride, padding)))
          : Optional.empty();
    }

    @Override
    public String words() {
      return "blur";
    }

    @Override
    public Boundary boundary() {
      return Boundary.ZERO;
    }

    /// The one-axis filter; the two-dimensional one is its outer product with itself.
    public Filter filter() {
      return Filter.binomial(taps);
    }

    private static void checkTaps(int taps) {
      if (taps < 1 || taps > MAX_TAPS) {
        throw new IllegalArgumentException(
            "antialias.taps must be 1..%d, got %d".formatted(MAX_TAPS, taps));
      }
    }
  }

  /// The ideal low-pass, then every stride-th sample: [IdealDown].
  record Ideal() implements Antialias {
    @Override
    public Optional<Downsampler> downsampler(Where place, int stride) {
      return stride > 1 ? Optional.of(Downsampler.fixed(new IdealDown(stride))) : Optional.empty();
    }

    @Override
    public String words() {
      return "ideal low-pass";
    }
  }

  /// Adaptive polyphase sampling: [Polyphase] by [LargestNorm], after a circular blur of `taps`
  /// taps (1 = none).
  record Aps(int taps) implements Antialias {
    public Aps {
      Lowpass.checkTaps(taps);
    }

    @Override
    public Optional<Downsampler> downsampler(Where place, int stride) {
      return adaptive(new LargestNorm(), taps, stride);
    }

    @Override
    public String words() {
      return "adaptive sampling";
    }
  }

  /// Learnable polyphase sampling: [Polyphase] by [LearnedChoice], after a circular blur of `taps`
  /// taps (1 = none).
  ///
  /// @param temperature of the draws in training, at its start
  /// @param temperatureDecay its factor from epoch to epoch, down to
  /// @param temperatureMin
  record Lps(int taps, double temperature, double temperatureDecay, double temperatureMin)
      implements Antialias {
    public Lps {
      Lowpass.checkTaps(taps);
      if (!(temperatureMin > 0 && temperatureMin <= temperature)) {
        throw new IllegalArgumentException(
            "temperature_min must lie above 0 and not above temperature, got %s and %s"
                .formatted(temperatureMin, temperature));
      }
    }

    /// One of the published schedules: from 1 by 0.97 an epoch down to 0.1.
    public Lps() {
      this(1, 1, 0.97, 0.1);
    }

    /// After so many whole epochs.
    public double temperature(int epochs) {
      return Math.max(temperatureMin, temperature * Math.pow(temperatureDecay, epochs));
    }

    @Override
    public Optional<Downsampler> downsampler(Where place, int stride) {
      return adaptive(new LearnedChoice(), taps, stride);
    }

    @Override
    public String words() {
      return "learned sampling";
    }
  }

  private static Optional<Downsampler> adaptive(Polyphase.Chooser chooser, int taps, int stride) {
    var blur =
        taps == 1
            ? Optional.<BlurPool>empty()
            : Optional.of(new BlurPool(Filter.binomial(taps), 1, Boundary.CIRCULAR));
    return stride > 1 ? Optional.of(new Polyphase(chooser, stride, blur)) : Optional.empty();
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
