package bandlimit.nn;

import bandlimit.graph.op.Fn;
import bandlimit.nn.FilteredPolynomial.Oversample;
import java.util.Optional;

/// Which activation a network takes; the `model.activation` of a config.
///
/// A function of each value widens the band of a map: ReLU and GELU without limit, a polynomial of
/// degree d only d times. So on a finer grid, with an ideal low-pass before going back, a
/// polynomial commutes with every circular shift (Michaeli et al. 2023, section 4).
public sealed interface Nonlinearity {
  Nonlinearity RELU = new Relu();
  Nonlinearity GELU = new Gelu();

  /// The layer; empty for the network's own.
  Optional<Layer> layer();

  /// Its name in messages.
  String words();

  /// Whether it commutes with shifts by fractions of a pixel.
  default boolean isAliasFree() {
    return false;
  }

  /// The network's own.
  record Published() implements Nonlinearity {
    @Override
    public Optional<Layer> layer() {
      return Optional.empty();
    }

    @Override
    public String words() {
      return "published";
    }
  }

  record Relu() implements Nonlinearity {
    @Override
    public Optional<Layer> layer() {
      return Optional.of(Activation.RELU);
    }

    @Override
    public String words() {
      return "ReLU";
    }
  }

  /// By the exact error function.
  record Gelu() implements Nonlinearity {
    @Override
    public Optional<Layer> layer() {
      return Optional.of(new Activation(Fn.GELU));
    }

    @Override
    public String words() {
      return "GELU";
    }
  }

  /// out p(in x) of the map's own samples: it aliases, if less than a ReLU.
  record Polynomial(int degree, double inScale, double outScale, boolean trainScales, boolean decay)
      implements Nonlinearity {
    public Polynomial {
      PolynomialCoefficients.gelu(degree);
    }

    @Override
    public Optional<Layer> layer() {
      var numbers =
          new PolynomialCoefficients(
              PolynomialCoefficients.gelu(degree), inScale, outScale, trainScales, decay);
      return Optional.of(
          (scope, x) ->
              scope.apply(
                  new bandlimit.graph.op.Polynomial(degree),
                  x,
                  numbers.declare(scope, x.shape().at(-1))));
    }

    @Override
    public String words() {
      return "polynomial";
    }
  }

  /// out p(in x) on a finer grid and back: no aliasing. See [bandlimit.nn.FilteredPolynomial].
  record FilteredPolynomial(
      int degree,
      double inScale,
      double outScale,
      boolean trainScales,
      boolean decay,
      Oversample oversample)
      implements Nonlinearity {
    public FilteredPolynomial {
      PolynomialCoefficients.gelu(degree);
      bandlimit.nn.FilteredPolynomial.check(degree, oversample);
    }

    /// As published, on the smallest grid that is exact.
    public FilteredPolynomial() {
      this(2, 7, 7, true, true, Oversample.MINIMAL);
    }

    @Override
    public Optional<Layer> layer() {
      var numbers =
          new PolynomialCoefficients(
              PolynomialCoefficients.gelu(degree), inScale, outScale, trainScales, decay);
      return Optional.of(new bandlimit.nn.FilteredPolynomial(numbers, oversample));
    }

    @Override
    public String words() {
      return "filtered polynomial";
    }

    @Override
    public boolean isAliasFree() {
      return true;
    }
  }
}
