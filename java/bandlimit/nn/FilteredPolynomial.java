package bandlimit.nn;

import bandlimit.graph.Node;
import bandlimit.graph.op.IdealResample;
import bandlimit.graph.op.Polynomial;
import bandlimit.signal.IdealResampler;
import java.util.List;

/// A polynomial activation that does not alias (Michaeli et al. 2023, section 4): ideally
/// upsampled, the polynomial, an ideal low-pass back to the band of the map, and its samples again.
/// It commutes with every circular shift, by any real distance.
///
/// A polynomial of degree d widens the band d times, and what folds back onto a grid of M samples
/// leaves |k| <= K alone if M >= (d + 1) K + 1: so 1.5 times the samples are exact for degree 2
/// (`MINIMAL`), where the published networks take twice.
///
/// @param coefficients of the polynomial, and how they start
public record FilteredPolynomial(PolynomialCoefficients coefficients, Oversample oversample)
    implements Layer {
  /// How fine the grid is on which the polynomial is evaluated.
  public enum Oversample {
    /// As few samples as are exact.
    MINIMAL,
    /// Twice as many; exact up to degree 3.
    TWICE
  }

  private static final int HIGHEST_AT_TWICE = 3;

  public FilteredPolynomial {
    check(coefficients.degree(), oversample);
  }

  /// With coefficients that start at `start`, the constant first, and no scales.
  public FilteredPolynomial(List<Double> start, Oversample oversample) {
    this(new PolynomialCoefficients(start), oversample);
  }

  static void check(int degree, Oversample oversample) {
    if (oversample == Oversample.TWICE && degree > HIGHEST_AT_TWICE) {
      throw new IllegalArgumentException(
          "twice the samples hold a polynomial of degree %d at most without aliasing, this one has degree %d; take the minimal grid"
              .formatted(HIGHEST_AT_TWICE, degree));
    }
  }

  @Override
  public Node build(Scope scope, Node x) {
    int h = x.shape().h();
    int w = x.shape().w();
    var up = new IdealResample(up(h), up(w));
    var down = new IdealResample(down(h), down(w));
    var fine = up.on(scope.graph(), scope.path() + "/up", x);
    var numbers = coefficients.declare(scope, x.shape().c());
    var y = scope.apply("polynomial", new Polynomial(coefficients.degree()), fine, numbers);
    return down.on(scope.graph(), scope.path(), y);
  }

  private IdealResampler up(int n) {
    return IdealResampler.resize(n, samples(n));
  }

  private IdealResampler down(int n) {
    return samples(n) == n ? IdealResampler.lowpass(n, n) : IdealResampler.resize(samples(n), n);
  }

  /// Of the fine grid. An even map may hold its Nyquist frequency, which is dropped on the way
  /// back.
  private int samples(int n) {
    int degree = coefficients.degree();
    return switch (oversample) {
      case TWICE -> 2 * n;
      case MINIMAL ->
          n % 2 == 0 ? Math.ceilDiv((degree + 1) * n, 2) : (degree + 1) * (n - 1) / 2 + 1;
    };
  }
}
