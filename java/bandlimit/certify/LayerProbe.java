package bandlimit.certify;

import bandlimit.graph.Node;
import bandlimit.graph.op.Conv2d;
import bandlimit.graph.op.IdealResample;
import bandlimit.graph.op.MaxPool;
import bandlimit.graph.op.Mul;
import bandlimit.graph.op.Normalize;
import bandlimit.graph.op.Over;
import bandlimit.graph.op.Pointwise;
import bandlimit.graph.op.Polynomial;
import bandlimit.graph.op.Resample;
import bandlimit.graph.op.Softmax;
import bandlimit.nn.Scope;
import bandlimit.tensor.Shape;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Measures one layer: how far moving its input is from moving its result, and what folds.
final class LayerProbe {
  private static final int FINER = 8;

  private final Part part;
  private final List<Scope.Adaptive> adaptives;
  private final List<Value> in;
  private final Map<Node, Value> out;
  private final Map<Node, Value> strict;
  private final int batch;

  /// @param values of the whole network, for images without their Nyquist frequency
  /// @param adaptives of the whole network
  LayerProbe(Part part, Map<Node, Value> values, List<Scope.Adaptive> adaptives, int batch) {
    this.part = part;
    this.adaptives =
        adaptives.stream()
            .filter(a -> part.nodes().contains(a.choice()) && part.nodes().contains(a.result()))
            .toList();
    this.batch = batch;
    this.in = part.inputs().stream().map(x -> fresh(Part.value(values, x), false)).toList();
    this.out = own(values, false);
    this.strict = own(values, true);
  }

  /// By itself: its inputs are moved ideally, whatever happened before.
  private Map<Node, Value> own(Map<Node, Value> values, boolean nyquist) {
    Map<Node, Value> given = new HashMap<>();
    for (Node node : part.nodes()) {
      for (Node input : node.inputs()) {
        var value = values.get(input);
        if (value != null && value.isFixed()) {
          given.put(input, value);
        }
      }
    }
    for (Node input : part.inputs()) {
      given.put(input, fresh(Part.value(values, input), nyquist));
    }
    return Inference.of(part.nodes(), given, adaptives);
  }

  private static Value fresh(Value value, boolean nyquist) {
    return value.with(List.of()).with(fresh(value.rows(), nyquist), fresh(value.cols(), nyquist));
  }

  private static Axis fresh(Axis axis, boolean nyquist) {
    if (!(axis instanceof Grid grid)) {
      return Axis.Still.ALWAYS;
    }
    return Grid.image(grid.n(), nyquist) instanceof Grid image
        ? image.with(grid.n(), grid.extra(), Math.min(grid.top(), image.top()), image.claims())
        : Axis.Still.ALWAYS;
  }

  /// Whether it sees positions at all.
  boolean hasMaps() {
    return in.stream().anyMatch(Value::hasGrid);
  }

  /// Why it cannot be run by itself; empty if it can.
  String obstacle() {
    for (int i = 0; i < in.size(); i++) {
      if (!Probe.hasForm(part.inputs().get(i), in.get(i), batch)) {
        return "its input " + part.inputs().get(i).path() + " is no map";
      }
    }
    for (Node node : part.outputs()) {
      if (!Probe.hasForm(node, Part.value(out, node), batch)) {
        return "its result " + node.path() + " is no map";
      }
    }
    return "";
  }

  /// Why it cannot be compared before and behind a translation; empty if it can.
  String border() {
    for (int i = 0; i < in.size(); i++) {
      if (lacks(in.get(i).rows()) || lacks(in.get(i).cols())) {
        return "its input is less than a period";
      }
    }
    for (Node node : part.outputs()) {
      var value = Part.value(out, node);
      if (lacks(value.rows()) || lacks(value.cols())) {
        return "its result is less than a period";
      }
    }
    return "";
  }

  private static boolean lacks(Axis axis) {
    return axis instanceof Grid grid && grid.extra() < 0;
  }

  /// What it guarantees, in its own samples: of all outputs.
  Structure structure(boolean nyquist) {
    var values = nyquist ? strict : out;
    return part.outputs().stream()
        .map(node -> Part.value(values, node))
        .map(value -> Structure.of(value, value, h() == 1))
        .max(Comparator.comparingDouble(LayerProbe::weight))
        .orElseThrow();
  }

  /// Why it does not commute with every real translation; empty where it does.
  String reason() {
    return part.outputs().stream()
        .map(node -> Structure.reason(Part.value(out, node)))
        .filter(text -> !text.isEmpty())
        .findFirst()
        .orElse("");
  }

  private static double weight(Structure s) {
    return Math.max(weight(s.rows()), weight(s.cols()));
  }

  private static double weight(double step) {
    return step < 0 ? Double.MAX_VALUE : step;
  }

  /// The layer's input n, along an axis.
  private int samples(boolean ofRows) {
    for (Value value : in) {
      if (value.axis(ofRows) instanceof Grid grid) {
        return grid.n();
      }
    }
    return 1;
  }

  /// Numbers in the inputs of one sample, about what one evaluation costs.
  long size() {
    return part.inputs().stream().mapToLong(x -> x.shape().size() / batch).sum();
  }

  int h() {
    return samples(true);
  }

  int w() {
    return samples(false);
  }

  /// Samples of the input for one of the result: 2 for a layer of stride 2.
  private double ratio(Axis axis, boolean ofRows) {
    int n = samples(ofRows);
    if (!(axis instanceof Grid grid)) {
      return 1;
    }
    double exact = (double) n / grid.n();
    return grid.claims().isEmpty() && exact >= 1 ? Math.round(exact) : exact;
  }

  /// The least step that a layer of this stride can commute with.
  int stride() {
    double stride = 1;
    for (Node node : part.outputs()) {
      var value = Part.value(out, node);
      stride = Math.max(stride, Math.max(ratio(value.rows(), true), ratio(value.cols(), false)));
    }
    return (int) Math.ceil(stride);
  }

  /// One sample's inputs, as periods; what lacks samples goes on with its first.
  Field[] period(Field[] captured) {
    var fields = new Field[captured.length];
    for (int i = 0; i < fields.length; i++) {
      fields[i] = cut(captured[i], in.get(i));
    }
    return fields;
  }

  private static Field cut(Field field, Value value) {
    int h = value.rows() instanceof Grid grid ? grid.n() : field.h();
    int w = value.cols() instanceof Grid grid ? grid.n() : field.w();
    return sized(field, h, w);
  }

  /// Cut, or continued circularly.
  private static Field sized(Field field, int h, int w) {
    if (field.h() == h && field.w() == w) {
      return field;
    }
    int c = field.c();
    var values = new double[h * w * c];
    for (int i = 0; i < h; i++) {
      for (int j = 0; j < w; j++) {
        int from = (i % field.h() * field.w() + j % field.w()) * c;
        System.arraycopy(field.values(), from, values, (i * w + j) * c, c);
      }
    }
    return new Field(h, w, c, values);
  }

  /// The inputs moved by so many of the layer's samples.
  private Field[] moved(Field[] x, double down, double right) {
    return sized(shifted(x, down, right));
  }

  private Field[] shifted(Field[] x, double down, double right) {
    var shifted = new Field[x.length];
    for (int i = 0; i < x.length; i++) {
      boolean grid = in.get(i).hasGrid();
      double rows = down * x[i].h() / Math.max(1, h());
      double cols = right * x[i].w() / Math.max(1, w());
      shifted[i] = grid ? x[i].shifted(rows, cols) : x[i];
    }
    return shifted;
  }

  /// Periods as the layer takes them.
  private Field[] sized(Field[] x) {
    var sized = new Field[x.length];
    for (int i = 0; i < x.length; i++) {
      var form = Probe.form(part.inputs().get(i), in.get(i), batch);
      boolean grid = in.get(i).hasGrid();
      int h = Math.max(form.at(0), x[i].h());
      int w = Math.max(form.at(1), x[i].w());
      sized[i] = grid ? sized(x[i], h, w) : x[i];
    }
    return sized;
  }

  /// The form of output `o` where its tensor is `shape`.
  Shape twinForm(int o, Shape shape) {
    var node = part.outputs().get(o);
    var value = Part.value(out, node);
    return value.isPlainMap() && value.hasGrid()
        ? Shape.of(shape.h(), shape.w(), shape.c())
        : Probe.form(node, value, batch);
  }

  private List<Shape> forms() {
    return part.outputs().stream()
        .map(node -> Probe.form(node, Part.value(out, node), batch))
        .toList();
  }

  /// The largest difference between moving before and behind, as a share of the largest value.
  ///
  /// @param shifts in the layer's samples
  double error(Probe probe, Field[] x, List<double[]> shifts) {
    var variants = new ArrayList<Field[]>();
    variants.add(moved(x, 0, 0));
    shifts.forEach(s -> variants.add(moved(x, s[0], s[1])));
    var results = probe.run(variants, forms());
    double worst = 0;
    for (int o = 0; o < part.outputs().size(); o++) {
      var value = Part.value(out, part.outputs().get(o));
      var y = cut(results.getFirst()[o], value);
      for (int k = 0; k < shifts.size(); k++) {
        var there = cut(results.get(k + 1)[o], value);
        worst = Math.max(worst, distance(y, value, shifts.get(k), there));
      }
    }
    return worst;
  }

  private double distance(Field y, Value value, double[] shift, Field there) {
    if (!value.hasGrid()) {
      return y.distance(there);
    }
    double down = shift[0] / ratio(value.rows(), true);
    double right = shift[1] / ratio(value.cols(), false);
    if (adaptives.isEmpty()) {
      return y.shifted(down, right).distance(there);
    }
    // it may go to the sample before or behind, as its content says
    double least = Double.POSITIVE_INFINITY;
    for (double r : new double[] {Math.floor(down), Math.ceil(down)}) {
      for (double c : new double[] {Math.floor(right), Math.ceil(right)}) {
        least = Math.min(least, y.shifted(r, c).distance(there));
      }
    }
    return least;
  }

  /// Whether any of it makes new frequencies or leaves out samples.
  boolean mayAlias() {
    // what is sampled elsewhere for each translation has no one place to go back to
    return adaptives.isEmpty()
        && part.nodes().stream()
            .anyMatch(
                node ->
                    switch (node.op()) {
                      case Conv2d(var g) -> g.strideH() * g.strideW() > 1;
                      case Resample(var rows, var cols) ->
                          rows.up() * rows.down() * cols.up() * cols.down() > 1;
                      case IdealResample _, MaxPool _, Pointwise _, Polynomial _, Softmax _ -> true;
                      case Normalize n -> n.over().kind() != Over.Kind.BATCH;
                      case Mul _ -> node.inputs().stream().allMatch(part::changes);
                      default -> false;
                    });
  }

  /// The share of the energy in the band of the result that was folded into it: the layer's result
  /// minus that of the same layer at 8 times the samples, whose frequencies above the band are
  /// dropped, not folded. Evaluating at more samples is moving the input by eighths of one and
  /// looking at all results side by side; dropping what is above the band is their mean, each moved
  /// back.
  ///
  /// @param probe the layer with circular borders
  /// @param twin the types of its outputs
  Optional<Double> folded(Probe probe, Field[] x, List<Shape> twin) {
    double share = 0;
    for (int o = 0; o < part.outputs().size(); o++) {
      var value = Part.value(out, part.outputs().get(o));
      var form = twin.get(o);
      if (value.hasGrid()) {
        int rows = phases(h(), form.at(0));
        int cols = phases(w(), form.at(1));
        if (rows == 0 || cols == 0) {
          return Optional.empty();
        }
        share = Math.max(share, folded(probe, x, twin, o, rows, cols));
      }
    }
    return Optional.of(share);
  }

  /// 8 for each sample that a result stands for; 0 where that is no whole number.
  private static int phases(int n, int samples) {
    if (n == 1) {
      return 1;
    }
    return n % samples == 0 ? FINER * (n / samples) : samples % n == 0 ? FINER : 0;
  }

  private double folded(Probe probe, Field[] x, List<Shape> twin, int o, int rows, int cols) {
    var form = twin.get(o);
    double down = (double) form.at(0) / h();
    double right = (double) form.at(1) / w();
    int size = form.intSize();
    var mean = new Field(form.at(0), form.at(1), form.at(2), new double[size]);
    var kept = mean;
    for (int r = 0; r < rows; r++) {
      var below = shifted(x, (double) r / FINER, 0);
      var variants = new ArrayList<Field[]>();
      for (int c = 0; c < cols; c++) {
        variants.add(sized(shifted(below, 0, (double) c / FINER)));
      }
      var results = probe.run(variants, twin);
      kept = r == 0 ? results.getFirst()[o].lowpassed() : kept;
      var line = mean.times(0);
      for (int c = 0; c < cols; c++) {
        line = line.plus(1.0 / (rows * cols), results.get(c)[o].shifted(0, -right * c / FINER));
      }
      mean = mean.plus(1, line.shifted(-down * r / FINER, 0));
    }
    double all = kept.energy();
    return all == 0 ? 0 : kept.plus(-1, mean.lowpassed()).energy() / all;
  }
}
