package bandlimit.model;

import bandlimit.error.ConfigException;
import bandlimit.error.ShapeException;
import bandlimit.graph.Node;
import bandlimit.graph.ReceptiveField;
import bandlimit.graph.op.Slice;
import bandlimit.nn.Layer;
import bandlimit.nn.Scope;

/// A network of signals (N, 1, W, C): convolutions that keep time as columns, and a head that looks
/// at all columns together.
///
/// With [ModelSpec#context] the first columns, which see zeros before the first sample, never reach
/// the head.
public interface SignalNetwork extends Layer {
  ModelSpec spec();

  /// From samples to columns.
  Node features(Scope scope, Node x);

  /// From columns to outputs.
  Node head(Scope scope, Node columns);

  @Override
  default Node build(Scope scope, Node x) {
    if (x.shape().h() != 1) {
      throw new ShapeException(
          "%s takes signals, maps of height 1, but the data are %dx%d; use a data set of signals"
                  .formatted(spec().name(), x.shape().h(), x.shape().w())
              + " (npy, signal) or a network of images");
    }
    var columns = features(scope, x);
    return head(scope, spec().context().isEmpty() ? columns : settled(scope, x, columns));
  }

  /// The columns whose receptive field lies within the samples that were given.
  private Node settled(Scope scope, Node x, Node columns) {
    int context = spec().context().get();
    var field = ReceptiveField.between(x, columns);
    int stride = field.stride();
    int least = (field.left() + stride - 1) / stride * stride;
    if (context < field.left() || context % stride != 0) {
      throw new ConfigException(
          "data.signal.context is %d samples, but %s reads %d before the first sample of a window,"
                  .formatted(context, spec().name(), field.left())
              + " and drops whole columns of %d: use %d or another multiple of %d above it"
                  .formatted(stride, least, stride));
    }
    if (columns.shape().w() * stride <= context) {
      throw new ConfigException(
          "%s: a window of %d samples leaves no column beside its context of %d"
              .formatted(spec().name(), x.shape().w(), context));
    }
    scope
        .in("context")
        .note(
            "the first %d columns stand for the samples before the window"
                .formatted(context / stride));
    var cut = new Slice(2, context / stride, columns.shape().w());
    return scope.in("context").apply(cut, columns);
  }
}
