package bandlimit.model;

import bandlimit.error.ConfigException;
import bandlimit.graph.Node;
import bandlimit.graph.op.ConvGeometry;
import bandlimit.graph.op.Resample;
import bandlimit.nn.Antialias;
import bandlimit.nn.Antialias.Where;
import bandlimit.nn.CausalBlur;
import bandlimit.nn.Conv;
import bandlimit.nn.Downsampler;
import bandlimit.nn.Init;
import bandlimit.nn.MaxPool;
import bandlimit.nn.Nonlinearity;
import bandlimit.nn.Norm;
import bandlimit.nn.Padding;
import bandlimit.nn.Scope;
import bandlimit.signal.Boundary;
import bandlimit.signal.Resampler;
import java.util.Collections;
import java.util.Optional;

/// The layers of a network of signals, which go along the width: looking both ways, or (`causal`)
/// only back, with zeros before the first sample.
record Line(Parts parts, boolean causal) {

  /// @param causal as published; signal padding makes every network causal
  static Line of(ModelSpec spec, Nonlinearity activation, Norm norm, boolean causal) {
    var line =
        new Line(Parts.ofSignals(spec, activation, norm), causal || spec.context().isPresent());
    if (line.causal) {
      line.refuseLookingAhead(spec);
    }
    return line;
  }

  private void refuseLookingAhead(ModelSpec spec) {
    String what =
        switch (parts.antialias()) {
          case Antialias.None _, Antialias.Lowpass _ ->
              parts.activation().isAliasFree()
                  ? "activation.kind: filtered_polynomial filters the whole window; use relu, gelu"
                      + " or polynomial"
                  : parts.norm() == Norm.ALIAS_FREE
                      ? "norm: alias_free takes its deviation over the whole window; use batch or"
                          + " layer"
                      : spec.padding().filter(p -> p != Boundary.ZERO).isPresent()
                          ? "circular padding brings the end of a window before its start; leave"
                              + " padding out, or use signal"
                          : "";
          case Antialias.Ideal _, Antialias.Aps _, Antialias.Lps _ ->
              parts.antialias().words() + " looks at the whole window; use antialias.kind: lowpass";
        };
    if (!what.isEmpty()) {
      throw new ConfigException("%s is causal here: %s".formatted(spec.name(), what));
    }
  }

  /// As wide as x, or ceil(W / stride) columns.
  Node conv(Scope scope, Node x, int out, int kernel, int dilation, int stride, boolean bias) {
    int reach = (kernel - 1) * dilation;
    int left = causal ? reach : reach / 2;
    var geometry =
        new ConvGeometry(1, stride, 1, dilation, 0, 0, left, reach - left, 1, Boundary.ZERO);
    var conv = new Conv(out, 1, kernel, geometry, bias, new Init.KaimingNormal(Init.Fan.IN));
    return causal ? conv.build(scope, x) : parts.conv(scope, conv, x);
  }

  /// Without a stride.
  Node conv(Scope scope, Node x, int out, int kernel, int dilation) {
    return conv(scope, x, out, kernel, dilation, 1, true);
  }

  /// What takes the stride of the layer at `layer`, looking only back where the network does.
  Strided strided(Scope layer, Where place, int stride) {
    var choice = Strided.of(layer, parts.antialias(), place, stride);
    if (causal
        && choice.downsampler().isPresent()
        && parts.antialias() instanceof Antialias.Lowpass lowpass) {
      layer.note("all taps of the blur lie in the past, and zeros before the first sample");
      var blur = new CausalBlur(lowpass.filter(), stride);
      return new Strided(1, Optional.of(Downsampler.fixed(blur)));
    }
    return choice;
  }

  /// The mean of each `length` columns; anti-aliased, the low-pass in its place (Zhang 2019: a box
  /// is a poor one).
  Node averagePool(Scope scope, Node x, int length) {
    if (!parts.antialias().at(Where.POOL)) {
      var box = Resampler.decimate(Collections.nCopies(length, 1.0 / length), length);
      return scope.apply(new Resample(Resampler.IDENTITY, box), x);
    }
    return strided(scope, Where.POOL, length).sample(scope.in("blur"), x).y();
  }

  /// The largest of each `length` columns; anti-aliased, the largest at every position and then the
  /// low-pass.
  Node maxPool(Scope scope, Node x, int length) {
    var choice = strided(scope, Where.POOL, length);
    if (choice.downsampler().isEmpty()) {
      return new MaxPool(length, length, 0).build(scope, x);
    }
    var y = x;
    if (causal) {
      y = new Padding(Boundary.ZERO, 0, 0, length - 1, 0).build(scope.in("before"), x);
    } else if (parts.boundary() == Boundary.CIRCULAR) {
      y = new Padding(Boundary.CIRCULAR, 0, 0, 0, length - 1).build(scope.in("wrap"), x);
    }
    return choice.sample(scope.in("blur"), new MaxPool(length, 1, 0).build(scope, y)).y();
  }
}
