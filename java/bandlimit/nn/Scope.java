package bandlimit.nn;

import bandlimit.graph.Graph;
import bandlimit.graph.Node;
import bandlimit.graph.op.Cast;
import bandlimit.graph.op.Op;
import bandlimit.tensor.DType;
import bandlimit.tensor.Shape;
import bandlimit.tensor.TensorType;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// Where a layer writes: a path in the model (`layer1.0.conv1`) and the graph below it.
///
/// Layers nest with dots; the nodes of one layer are `PATH` and `PATH/name`, its variables
/// `PATH.name`.
public final class Scope {
  /// Name of the graph input that dropout reads: i32 (2), the run's seed and the step.
  public static final String RANDOM = "random";

  /// Name of the graph input with the reciprocal of the temperature at which a learned choice is
  /// drawn in training: f32 (). Only networks that choose have it.
  public static final String SHARPNESS = "sharpness";

  /// What all scopes of one graph share.
  private record Shared(
      Graph graph,
      Mode mode,
      Variables variables,
      String statePrefix,
      List<Renewal> renewals,
      List<Adaptive> adaptives,
      Map<String, List<String>> notes) {}

  /// A state and its value after a training step; whoever builds the step guards and commits it.
  public record Renewal(Node state, Node next) {}

  /// A map that was sampled where its own content says: a circular translation of `x` by whole
  /// samples moves `result` by some whole number of its samples, and another map sampled by the
  /// same `choice` by as many.
  public record Adaptive(Node x, Node choice, Node result) {}

  private final String path;
  private final Shared shared;

  private Scope(String path, Shared shared) {
    this.path = path;
    this.shared = shared;
  }

  public static Scope root(Graph graph, Mode mode, Variables variables) {
    return root(graph, mode, variables, "");
  }

  /// As above, with `statePrefix` before the path of every state node (not of the variables): the
  /// same model, reading averaged weights that live under `ema/`, say.
  public static Scope root(Graph graph, Mode mode, Variables variables, String statePrefix) {
    return new Scope(
        "",
        new Shared(
            graph,
            mode,
            variables,
            statePrefix,
            new ArrayList<>(),
            new ArrayList<>(),
            new LinkedHashMap<>()));
  }

  /// The scope of the part `name`, which may hold dots itself.
  public Scope in(String name) {
    return new Scope(path.isEmpty() ? name : path + "." + name, shared);
  }

  public String path() {
    return path;
  }

  public Graph graph() {
    return shared.graph;
  }

  public Mode mode() {
    return shared.mode;
  }

  /// Appends the layer's main node, which carries the layer's own path.
  public Node apply(Op op, Node... inputs) {
    return shared.graph.apply(path, op, inputs);
  }

  /// Appends a helper node `PATH/name`.
  public Node apply(String name, Op op, Node... inputs) {
    return shared.graph.apply(path + "/" + name, op, inputs);
  }

  /// A number or vector for the optimizer to train. Of rank 4 it is a convolution's weight (out,
  /// kh, kw, in/groups).
  ///
  /// `decay` false spares it from weight decay where the run spares norms and biases.
  public Node parameter(String name, Shape shape, Init init, boolean decay) {
    var layout = shape.rank() == 4 ? Layout.CONV_WEIGHT : Layout.PLAIN;
    return variable(name, shape, init, true, decay, layout);
  }

  /// `value` in the element type of `x`: parameters are float32, and convolutions and products
  /// multiply numbers of one type. The gradient comes back as float32.
  public Node like(Node x, Node value) {
    var type = x.type().dtype();
    if (value.type().dtype() == type) {
      return value;
    }
    String name = type.name().toLowerCase(Locale.ROOT);
    return shared.graph.apply(value.path() + "/" + name, new Cast(type), value);
  }

  /// Channel statistics (2, C), means over variances, that training [renews][#renew] without a
  /// gradient.
  public Node statistics(String name, int channels) {
    var init = new Init.Constant(List.of(0.0, 1.0));
    return variable(name, Shape.of(2, channels), init, false, false, Layout.BATCH_STATISTICS);
  }

  private Node variable(
      String name, Shape shape, Init init, boolean trainable, boolean decay, Layout layout) {
    var type = new TensorType(DType.F32, shape);
    String at = in(name).path;
    shared.variables.declare(new Variable(at, type, init, trainable, decay, layout));
    return shared.graph.state(shared.statePrefix + at, type);
  }

  /// Says that a training step takes `state` to `next`.
  public void renew(Node state, Node next) {
    shared.renewals.add(new Renewal(state, next));
  }

  /// All renewals of the graph so far, this scope's and everyone else's.
  public List<Renewal> renewals() {
    return Collections.unmodifiableList(shared.renewals);
  }

  /// Seed and step, which the host writes before each run; what counter-based random ops read.
  public Node counter() {
    return shared.graph.input(RANDOM, TensorType.of(DType.I32, 2));
  }

  /// 1 / temperature, which the host writes before each run.
  public Node sharpness() {
    return shared.graph.input(SHARPNESS, TensorType.of(DType.F32));
  }

  /// Declares what the single operations between them do not show: `result` is `x` sampled by
  /// `choice`, which follows whole translations of the map that it was first used for.
  public void adapts(Node x, Node choice, Node result) {
    if (result != x) { // else there was one sample, and no choice
      shared.adaptives.add(new Adaptive(x, choice, result));
    }
  }

  /// All such declarations of the graph so far, in order.
  public List<Adaptive> adaptives() {
    return Collections.unmodifiableList(shared.adaptives);
  }

  /// Something `explain` should say about this layer: what was changed, and why.
  public void note(String text) {
    shared.notes.computeIfAbsent(path, _ -> new ArrayList<>()).add(text);
  }

  /// All notes by layer path, in the order they were made.
  public Map<String, List<String>> notes() {
    return Collections.unmodifiableMap(shared.notes);
  }
}
