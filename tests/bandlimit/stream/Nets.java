package bandlimit.stream;

import bandlimit.graph.Node;
import bandlimit.graph.op.Add;
import bandlimit.graph.op.Concat;
import bandlimit.graph.op.ConvGeometry;
import bandlimit.graph.op.Fn;
import bandlimit.graph.op.Resample;
import bandlimit.graph.op.Slice;
import bandlimit.nn.Activation;
import bandlimit.nn.BatchNorm;
import bandlimit.nn.Conv;
import bandlimit.nn.Flatten;
import bandlimit.nn.GlobalAvgPool;
import bandlimit.nn.Init;
import bandlimit.nn.Layer;
import bandlimit.nn.LayerNorm;
import bandlimit.nn.LayerScale;
import bandlimit.nn.Linear;
import bandlimit.nn.MaxPool;
import bandlimit.nn.Nonlinearity;
import bandlimit.nn.Padding;
import bandlimit.nn.Scope;
import bandlimit.signal.Boundary;
import bandlimit.signal.Filter;
import bandlimit.signal.Resampler;
import java.util.Collections;
import java.util.List;

/// Networks over signals, small.
final class Nets {
  private Nets() {}

  static Layer conv(int out, int taps, int stride, int dilation, int left, int right, int groups) {
    var geometry =
        new ConvGeometry(1, stride, 1, dilation, 0, 0, left, right, groups, Boundary.ZERO);
    return new Conv(out, 1, taps, geometry, true, new Init.KaimingNormal(Init.Fan.OUT));
  }

  static Layer causal(int out, int taps, int stride, int dilation, int groups) {
    return conv(out, taps, stride, dilation, (taps - 1) * dilation, 0, groups);
  }

  static Layer same(int out, int taps, int stride) {
    return conv(out, taps, stride, 1, taps / 2, taps / 2, 1);
  }

  /// Zeros before and after, and then the layer.
  static Layer padded(int left, int right, Layer layer) {
    return (scope, x) ->
        layer.build(scope, new Padding(Boundary.ZERO, 0, 0, left, right).build(scope.in("pad"), x));
  }

  static Layer average(int length) {
    var taps = Collections.nCopies(length, 1.0 / length);
    return (scope, x) ->
        scope.apply(new Resample(Resampler.IDENTITY, Resampler.decimate(taps, length)), x);
  }

  /// Binomial taps, all of them to the left.
  static Layer blur(int taps, int stride) {
    var axis = new Resampler(Filter.binomial(taps).taps(), 1, stride, taps - 1, 0);
    return (scope, x) -> scope.apply(new Resample(Resampler.IDENTITY, axis), x);
  }

  /// The heart rate network of the paper: three blocks of three causal convolutions, averages of 4,
  /// 2 and 2. Receptive field 328, stride 16.
  static Layer ppg(int filters) {
    return (scope, x) -> {
      var y = x;
      int[] pools = {4, 2, 2};
      for (int block = 0; block < 3; block++) {
        for (int i = 0; i < 3; i++) {
          var at = scope.in("block" + block + ".conv" + i);
          y = causal(filters, 5, 1, 2, 1).build(at, y);
          y = Activation.RELU.build(at.in("relu"), y);
        }
        y = average(pools[block]).build(scope.in("block" + block + ".pool"), y);
      }
      return y;
    };
  }

  /// Everything that streams without a delay. Stride 8.
  static Layer causalMixture() {
    return (scope, x) -> {
      var y = causal(6, 5, 2, 1, 1).build(scope.in("stem"), x);
      y = new BatchNorm().build(scope.in("bn"), y);
      y = Activation.RELU.build(scope.in("relu"), y);
      var shortcut = blur(3, 2).build(scope.in("shortcut"), y);
      var body = new Padding(Boundary.ZERO, 0, 0, 3, 0).build(scope.in("pad"), y);
      body = conv(6, 4, 1, 1, 0, 0, 3).build(scope.in("grouped"), body);
      body = polynomial(scope.in("poly"), body);
      body = blur(4, 2).build(scope.in("blur"), body);
      body = new LayerScale(0.7).build(scope.in("scale"), body);
      y = scope.in("residual").apply(new Add(), shortcut, body);
      y = new LayerNorm().build(scope.in("norm"), y);
      var pooled = new MaxPool(2, 2, 0).build(scope.in("max"), y);
      var averaged = average(2).build(scope.in("average"), y);
      y = scope.in("both").apply(new Concat(3), pooled, averaged);
      return new Activation(Fn.SIGMOID).build(scope.in("gate"), y);
    };
  }

  private static Node polynomial(Scope scope, Node x) {
    return new Nonlinearity.Polynomial(2, 1, 1, false, false).layer().orElseThrow().build(scope, x);
  }

  /// Convolutions that see as much of the future as of the past, and a max-pool with padding: the
  /// branches of the sum are late by different amounts. Stride 4.
  static Layer sameMixture() {
    return (scope, x) -> {
      var y = same(4, 3, 1).build(scope.in("conv0"), x);
      y = new BatchNorm().build(scope.in("bn"), y);
      y = Activation.RELU.build(scope.in("relu"), y);
      var a = same(4, 7, 1).build(scope.in("long"), y);
      var b = same(4, 3, 1).build(scope.in("short"), y);
      y = scope.in("sum").apply(new Add(), a, b);
      y = new MaxPool(3, 2, 1).build(scope.in("max"), y);
      y = same(5, 5, 2).build(scope.in("strided"), y);
      return same(3, 3, 1).build(scope.in("last"), y);
    };
  }

  /// Features (N, 1, W, C), the mean of each channel, two logits.
  static Layer averaged(Layer features) {
    return (scope, x) -> {
      var y = features.build(scope.in("features"), x);
      y = new GlobalAvgPool().build(scope.in("gap"), y);
      return new Linear(2).build(scope.in("fc"), y);
    };
  }

  /// Features without the first `columns` of a window, all in a dense layer.
  static Layer dense(Layer features, int columns) {
    return (scope, x) -> {
      var y = features.build(scope.in("features"), x);
      if (columns > 0) {
        y = scope.in("context").apply(new Slice(2, columns, y.shape().w()), y);
      }
      y = new Flatten().build(scope.in("flat"), y);
      return new Linear(3).build(scope.in("fc"), y);
    };
  }

  /// The dense layer of [#dense] on the columns `from` to `from + columns` alone.
  static Layer windowed(Layer features, int from, int columns) {
    return (scope, x) -> {
      var y = features.build(scope.in("features"), x);
      y = scope.in("window").apply(new Slice(2, from, from + columns), y);
      y = new Flatten().build(scope.in("flat"), y);
      return new Linear(3).build(scope.in("fc"), y);
    };
  }

  static List<Layer> all() {
    return List.of(ppg(3), causalMixture(), sameMixture());
  }
}
