package bandlimit.model;

import bandlimit.error.ConfigException;
import bandlimit.graph.Node;
import bandlimit.graph.op.ConvGeometry;
import bandlimit.nn.Antialias;
import bandlimit.nn.Conv;
import bandlimit.nn.IdealBand;
import bandlimit.nn.Nonlinearity;
import bandlimit.nn.Norm;
import bandlimit.nn.Scope;
import bandlimit.signal.Boundary;

/// The parts of a network that a config may exchange: activation, normalisation, what lies beyond
/// the edge of a map. Notes where a choice gives up what `antialias` is there for.
///
/// @param activation of this network, chosen or published
record Parts(Antialias antialias, Nonlinearity activation, Norm norm, Boundary boundary) {

  /// The choices of `spec`, or else what the family was published with.
  static Parts of(ModelSpec spec, Nonlinearity activation, Norm norm) {
    spec.refuseContext();
    return ofSignals(spec, activation, norm);
  }

  /// The same for a network of signals.
  static Parts ofSignals(ModelSpec spec, Nonlinearity activation, Norm norm) {
    return new Parts(
        spec.antialias(),
        spec.activation() instanceof Nonlinearity.Published ? activation : spec.activation(),
        spec.norm().orElse(norm),
        spec.padding().orElse(spec.antialias().boundary()));
  }

  /// For a family without normalisation.
  static void refuseNorm(ModelSpec spec, String cure) {
    spec.norm()
        .ifPresent(
            _ -> {
              throw new ConfigException(
                  "model.norm is given, but %s has no normalisation; leave it out, or use %s"
                      .formatted(spec.name(), cure));
            });
  }

  Node conv(Scope scope, Conv conv, Node x) {
    var given = conv.geometry();
    boolean padded = given.top() + given.bottom() + given.left() + given.right() > 0;
    if (padded && boundary == Boundary.ZERO && promises()) {
      scope.note(
          "zero padding: what enters at one edge is not what left at the other, so shifts change"
              + " more than the place; padding: circular keeps them");
    }
    var geometry = given.withBoundary(padded ? boundary : Boundary.ZERO);
    return conv.withGeometry(geometry).build(scope, x);
  }

  /// A square kernel, without a bias.
  Node conv(Scope scope, Node x, int out, int kernel, int stride, int pad) {
    return conv(scope, Conv.of(out, kernel, stride, pad), x);
  }

  Node norm(Scope scope, Node x) {
    if (norm == Norm.LAYER && everyShift() && x.shape().h() * x.shape().w() > 1) {
      scope.note(
          "layer norm of each pixel breaks equivariance to fractional shifts here; norm:"
              + " alias_free keeps it");
    }
    return norm.layer().build(scope, x);
  }

  Node activate(Scope scope, Node x) {
    if (everyShift() && !activation.isAliasFree()) {
      scope.note(
          activation.words()
              + " breaks equivariance to fractional shifts here; activation.kind:"
              + " filtered_polynomial keeps it");
    }
    return activation.layer().orElseThrow().build(scope, x);
  }

  Node normActivate(Scope scope, String number, Node x) {
    return activate(scope.in("relu" + number), norm(scope.in("bn" + number), x));
  }

  /// The images of a network that activates maps of their own size: their Nyquist frequency, which
  /// has no fractional shift, is taken away.
  Node input(Scope scope, Node x) {
    return everyShift() ? new IdealBand().build(scope.in("band"), x) : x;
  }

  /// Whether the network is meant to commute with fractional shifts.
  boolean everyShift() {
    return antialias instanceof Antialias.Ideal;
  }

  private boolean promises() {
    return switch (antialias) {
      case Antialias.None _, Antialias.Lowpass _ -> false;
      case Antialias.Ideal _, Antialias.Aps _, Antialias.Lps _ -> true;
    };
  }

  /// A padded window of a convolution, which never pads one side alone.
  static ConvGeometry window(int stride, int before, int after) {
    return new ConvGeometry(
        stride, stride, 1, 1, before, after, before, after, 1, Boundary.CIRCULAR);
  }
}
