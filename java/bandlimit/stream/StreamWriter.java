package bandlimit.stream;

import bandlimit.graph.Graph;
import bandlimit.graph.Node;
import bandlimit.graph.TimeAxis;
import bandlimit.graph.op.Add;
import bandlimit.graph.op.Concat;
import bandlimit.graph.op.Constant;
import bandlimit.graph.op.Conv2d;
import bandlimit.graph.op.ConvGeometry;
import bandlimit.graph.op.Expand;
import bandlimit.graph.op.MaxPool;
import bandlimit.graph.op.Mul;
import bandlimit.graph.op.Pad;
import bandlimit.graph.op.Reduce;
import bandlimit.graph.op.Resample;
import bandlimit.graph.op.Reshape;
import bandlimit.graph.op.Slice;
import bandlimit.plan.Procedure;
import bandlimit.plan.Procedure.Update;
import bandlimit.signal.Boundary;
import bandlimit.signal.Resampler;
import bandlimit.tensor.Shape;
import bandlimit.tensor.TensorType;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Writes the graph of one chunk: every map with as many columns as a chunk makes of it, and before
/// each layer that looks back the columns it needs of earlier chunks.
final class StreamWriter {
  /// Name of the input, (N, 1, chunk, C), and of the answer where it is a map.
  static final String SAMPLES = "samples";

  static final String COLUMNS = "columns";

  private final Analysis analysis;
  private final int chunk;
  private final boolean masks;
  private final Graph to = new Graph();
  private final Map<Node, Node> written = new HashMap<>();
  private final List<Update> updates = new ArrayList<>();

  /// What a history holds before the first sample.
  final Map<String, Double> histories = new LinkedHashMap<>();

  /// Columns of zeros that stand for the future, by layer.
  final Map<String, Integer> fills = new LinkedHashMap<>();

  final Set<Mask> wanted = new LinkedHashSet<>();

  /// @param masks whether columns before the stream's first sample are told from those within
  StreamWriter(Analysis analysis, int chunk, boolean masks) {
    this.analysis = analysis;
    this.chunk = chunk;
    this.masks = masks;
  }

  /// @param rings maps of the head's windows: how many columns of each are kept
  Procedure write(String name, Map<Node, Integer> rings) {
    for (Node node : analysis.tracks().keySet()) {
      written.put(node, node == analysis.samples ? samples() : map(node));
      if (node.op() instanceof MaxPool p && p.padW() > 0) {
        written.put(node, masked(node, false)); // no floor may get into a sum
      }
    }
    rings.forEach(this::ring);
    Map<String, Node> outputs = new LinkedHashMap<>();
    if (rings.isEmpty()) {
      outputs.put(COLUMNS, get(analysis.output));
    }
    return new Procedure(name, to, outputs, updates);
  }

  private Node samples() {
    var type = analysis.samples.type();
    return to.input(SAMPLES, type.withShape(type.shape().with(2, chunk)));
  }

  private int columns(Node old) {
    return chunk / analysis.of(old).rate();
  }

  private Node get(Node old) {
    var known = written.get(old);
    if (known == null) {
      known = HeadWriter.fixed(to, old, written);
    }
    return known;
  }

  private Node map(Node old) {
    var track = analysis.of(old);
    String path = old.path();
    return switch (old.op()) {
      case Conv2d(var g) -> {
        var still =
            new ConvGeometry(
                g.strideH(),
                g.strideW(),
                g.dilationH(),
                g.dilationW(),
                g.top(),
                g.bottom(),
                0,
                0,
                g.groups(),
                g.boundary());
        yield to.apply(path, new Conv2d(still), walked(old, 0), get(old.input(1)));
      }
      case MaxPool p -> {
        var still = new MaxPool(p.kernelH(), p.kernelW(), p.strideH(), p.strideW(), p.padH(), 0);
        yield to.apply(path, still, walked(old, Mask.FLOOR));
      }
      case Resample(var rows, var cols) -> {
        var still = Resampler.decimate(cols.taps(), cols.down());
        yield to.apply(path, new Resample(rows, still), walked(old, 0));
      }
      case Pad pad -> {
        var x = pad.left() > 0 ? masked(old.input(0), false) : get(old.input(0));
        yield pad.top() + pad.bottom() == 0
            ? x
            : to.apply(path, new Pad(Boundary.ZERO, pad.top(), pad.bottom(), 0, 0), x);
      }
      case Slice slice when slice.axis() == 2 -> get(old.input(0));
      case Reduce(var shape, double factor) ->
          to.apply(path, new Reduce(shape.with(2, columns(old)), factor), aligned(old, 0));
      case Expand(var shape, double factor) ->
          to.apply(path, new Expand(shape.with(2, columns(old)), factor), aligned(old, 0));
      case Reshape _ -> get(old.input(0));
      default -> {
        var inputs = new ArrayList<Node>();
        for (int i = 0; i < old.inputs().size(); i++) {
          inputs.add(aligned(old, i));
        }
        if (track.rate() != analysis.of(firstMap(old)).rate()) {
          throw new IllegalStateException(path + " changes the rate");
        }
        yield to.apply(path, old.op(), inputs);
      }
    };
  }

  private Node firstMap(Node old) {
    return old.inputs().stream()
        .filter(input -> analysis.track(input).isPresent())
        .findFirst()
        .orElseThrow();
  }

  /// Input `i`, held back until it is as late as the result.
  private Node aligned(Node old, int i) {
    var input = old.input(i);
    var track = analysis.track(input);
    var x = get(input);
    if (track.isEmpty() || track.get().delay() == analysis.of(old).delay()) {
      return x;
    }
    int late = analysis.of(old).delay() - track.get().delay();
    var all = remembered(old.path() + "/wait" + i, x, late, 0);
    return to.apply(old.path() + "/waited" + i, new Slice(2, 0, x.shape().w()), all);
  }

  /// What a layer that walks reads: earlier columns, those of the chunk, and, where approximate,
  /// zeros after them.
  private Node walked(Node old, double outside) {
    var axis = TimeAxis.of(old).orElseThrow();
    var in = analysis.of(old.input(0));
    var out = analysis.of(old);
    var x = axis.before() > 0 ? masked(old.input(0), outside != 0) : get(old.input(0));
    int history = out.history(axis, in);
    double before = in.delay() < 0 ? 0 : outside;
    double behind = in.zeros() > 0 ? 0 : outside;
    var all =
        history > 0
            ? remembered(old.path() + "/before", x, history, before)
            : cut(old.path() + "/late", x, -history, x.shape().w());
    int fill = out.fill(axis, in);
    if (fill > 0) {
      fills.put(old.path(), fill);
      var type = x.type().withShape(x.shape().with(2, fill));
      var zeros = to.apply(old.path() + "/outside", Constant.fill(type, behind));
      all = to.apply(old.path() + "/after", new Concat(2), all, zeros);
    }
    int read = axis.read(columns(old));
    boolean spare = all.shape().w() - read >= axis.stride();
    return spare ? cut(old.path() + "/read", all, 0, read) : all;
  }

  private Node cut(String path, Node x, int from, int end) {
    return from == 0 && end == x.shape().w() ? x : to.apply(path, new Slice(2, from, end), x);
  }

  /// The last `history` columns of earlier chunks, then those of this one.
  private Node remembered(String path, Node x, int history, double before) {
    int n = x.shape().w();
    var type = x.type().withShape(x.shape().with(2, history));
    String name = "stream/" + path;
    var state = to.state(name, type);
    histories.put(name, before);
    var all = to.apply(path, new Concat(2), state, x);
    var next = to.apply(path + "/kept", new Slice(2, n, n + history), all);
    updates.add(new Update(state, next));
    return all;
  }

  private Node masked(Node old, boolean floor) {
    var track = analysis.of(old);
    var x = get(old);
    if (track.delay() <= 0) {
      return x;
    }
    var mask = new Mask(floor, track.delay(), x.shape().w());
    wanted.add(mask);
    if (!masks) {
      return x;
    }
    var type = new TensorType(x.type().dtype(), Shape.of(x.shape().n(), 1, x.shape().w(), 1));
    var values = to.input(mask.name(), type);
    return to.apply(old.path() + "/started", floor ? new Add() : new Mul(), x, values);
  }

  private void ring(Node old, int columns) {
    var x = get(old);
    int n = x.shape().w();
    String name = HeadWriter.ringName(old);
    var state = to.state(name, x.type().withShape(x.shape().with(2, columns)));
    histories.put(name, 0.0);
    Node next =
        n < columns
            ? to.apply(
                name + "/next",
                new Concat(2),
                to.apply(name + "/kept", new Slice(2, n, columns), state),
                x)
            : to.apply(name + "/next", new Slice(2, n - columns, n), x);
    updates.add(new Update(state, next));
  }
}
