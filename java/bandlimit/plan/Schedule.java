package bandlimit.plan;

import bandlimit.graph.Node;
import bandlimit.graph.op.Constant;
import bandlimit.graph.op.FusedOp;
import bandlimit.graph.op.GuardedUpdate;
import bandlimit.graph.op.Input;
import bandlimit.graph.op.Part;
import bandlimit.graph.op.Reshape;
import bandlimit.graph.op.Scale;
import bandlimit.graph.op.Select;
import bandlimit.graph.op.State;
import bandlimit.plan.ArenaLayout.Buffer;
import bandlimit.tensor.TensorType;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/// The order of one procedure's steps, the lifetime of every value, and its place in the arena.
///
/// Values live in buffers. A reshape shares its input's buffer; an in-place step takes over the
/// buffer of an input that dies there. What steps that may run at once read and write lives through
/// all of them. State updates come last, when nobody reads the old values any more: a guarded
/// update, `Select(ok, next, state)` or a [GuardedUpdate], writes straight into the state, and so
/// does what is made right after the only readers of the old value; any other value is copied.
final class Schedule {
  private final Target target;
  private final PlanOptions options;
  private final Map<Node, Slot> fixed;
  private final List<Node> order = new ArrayList<>();
  private final Map<Node, Integer> unitOf = new HashMap<>(); // steps of one may run at once
  private final Map<Node, Slot> committed = new HashMap<>();
  private final Set<Node> prompt = new HashSet<>(); // committed in their turn, not at the end
  private final List<Procedure.Update> copies = new ArrayList<>();
  private final Map<Node, Integer> lastUse = new HashMap<>();
  private final Map<Read, Integer> readers = new HashMap<>();
  private final Map<Node, Integer> bufferOf = new HashMap<>();
  private final List<Buffer> buffers = new ArrayList<>();
  private final Map<Integer, Integer> scratchOf = new HashMap<>();
  private final Map<PartOf, Node> parts = new HashMap<>();
  private final Map<PartOf, Integer> bufferOfPart = new HashMap<>();
  private final List<Step> steps = new ArrayList<>();
  private final Map<String, Slot> outputs = new LinkedHashMap<>();
  private final long arenaBytes;

  /// That steps of a unit read a value.
  private record Read(Node value, int unit) {}

  private record PartOf(Node step, int index) {}

  Schedule(Procedure procedure, Map<Node, Slot> fixed, Target target, PlanOptions options) {
    this.target = target;
    this.options = options;
    this.fixed = fixed;
    order(procedure);
    findLastUses(procedure);
    assignBuffers();
    long[] offsets = ArenaLayout.place(buffers, options.reuse());
    this.arenaBytes = ArenaLayout.size(buffers, offsets);
    emit(procedure, offsets);
  }

  List<Step> steps() {
    return steps;
  }

  Map<String, Slot> outputs() {
    return outputs;
  }

  long arenaBytes() {
    return arenaBytes;
  }

  static boolean isStep(Node node) {
    return switch (node.op()) {
      case Input _, State _, Constant _, Reshape _, Part _ -> false;
      default -> true;
    };
  }

  /// The node whose memory this one shares.
  private static Node root(Node node) {
    return node.op() instanceof Reshape ? root(node.input(0)) : node;
  }

  private void order(Procedure procedure) {
    Map<Node, Integer> uses = new HashMap<>();
    procedure.graph().nodes().forEach(n -> n.inputs().forEach(i -> uses.merge(i, 1, Integer::sum)));
    procedure.outputs().values().forEach(n -> uses.merge(n, 1, Integer::sum));
    procedure.updates().forEach(u -> uses.merge(u.value(), 1, Integer::sum));
    Map<Node, Node> renewed = new HashMap<>(); // states, and the next values of those
    procedure.updates().forEach(u -> renewed.put(u.state(), u.value()));
    for (Node node : procedure.graph().nodes()) {
      if (node.op() instanceof Part part) {
        parts.put(new PartOf(node.input(0), part.index()), node);
      }
    }
    for (var update : procedure.updates()) {
      var value = update.value();
      if (renewed.containsKey(root(value))) {
        throw new IllegalStateException(
            "%s takes the value of %s, which the same procedure renews"
                .formatted(update.state().path(), root(value).path()));
      }
      boolean guarded =
          value.op() instanceof Select
              && value.input(2) == update.state()
              // written late, it must not read what another update has written by then
              && !renewed.containsKey(root(value.input(0)))
              && !renewed.containsKey(root(value.input(1)))
              && uses.getOrDefault(value, 0) == 1;
      if (guarded || renewsInPlace(maker(value), renewed, uses)) {
        committed.put(value, slotOf(update.state()));
      } else if (readBefore(update, procedure, renewed, uses)) {
        committed.put(value, slotOf(update.state()));
        prompt.add(value);
      } else {
        copies.add(update);
      }
    }
    var early = new ArrayList<Node>();
    for (Node node : procedure.graph().nodes()) {
      if (isStep(node) && (!committed.containsKey(node) || prompt.contains(node))) {
        early.add(node);
      }
    }
    Together.of(early, target).forEach(this::addUnit);
    procedure.updates().stream()
        .map(Procedure.Update::value)
        .filter(value -> committed.containsKey(value) && !prompt.contains(value))
        .map(Schedule::maker)
        .distinct()
        .forEach(step -> addUnit(List.of(step)));
  }

  /// Whether all that read the old value stand right before the step that makes the new one, which
  /// then may write over it: a history, of which the next is cut from what was put together with
  /// it.
  private static boolean readBefore(
      Procedure.Update update,
      Procedure procedure,
      Map<Node, Node> renewed,
      Map<Node, Integer> uses) {
    var value = update.value();
    var state = update.state();
    return isStep(value)
        && !(value.op() instanceof FusedOp)
        && uses.getOrDefault(value, 0) == 1
        && value.inputs().stream().noneMatch(input -> renewed.containsKey(root(input)))
        && procedure.outputs().values().stream().noneMatch(output -> root(output) == state)
        && procedure.graph().nodes().stream()
            .filter(node -> node.inputs().stream().anyMatch(input -> root(input) == state))
            .allMatch(node -> isStep(node) && value.inputs().contains(node));
  }

  /// The step that writes a value.
  private static Node maker(Node value) {
    return value.op() instanceof Part ? value.input(0) : value;
  }

  /// Whether each result of a fused update is the next value of the state it stands for, and
  /// nothing else that the step reads is renewed.
  private boolean renewsInPlace(Node step, Map<Node, Node> renewed, Map<Node, Integer> uses) {
    if (!(step.op() instanceof GuardedUpdate update)) {
      return false;
    }
    int count = 1 + partTypes(step).size();
    var own = new HashSet<Integer>();
    for (int result = 0; result < count; result++) {
      var value = result == 0 ? step : parts.get(new PartOf(step, result));
      int readers = result == 0 ? count : 1; // the other results, and the state
      own.add(update.renews(result));
      if (value == null
          || renewed.get(step.input(update.renews(result))) != value
          || uses.getOrDefault(value, 0) != readers) {
        return false;
      }
    }
    for (int i = 0; i < step.inputs().size(); i++) {
      if (!own.contains(i) && renewed.containsKey(root(step.input(i)))) {
        return false;
      }
    }
    return true;
  }

  private void addUnit(List<Node> unit) {
    int number = order.size(); // they grow, that is all that lifetimes need
    unit.forEach(node -> unitOf.put(node, number));
    order.addAll(unit);
  }

  private int unit(Node step) {
    return Objects.requireNonNull(unitOf.get(step), step::path);
  }

  private Slot slotOf(Node leaf) {
    var slot = fixed.get(leaf);
    if (slot == null) {
      throw new IllegalStateException(leaf.path() + " has no fixed place");
    }
    return slot;
  }

  private void findLastUses(Procedure procedure) {
    for (Node node : order) {
      lastUse.put(node, unit(node));
      for (Node input : node.inputs()) {
        lastUse.put(root(input), unit(node));
      }
      node.inputs().stream()
          .map(Schedule::root)
          .distinct()
          .forEach(input -> readers.merge(new Read(input, unit(node)), 1, Integer::sum));
    }
    for (Node output : procedure.outputs().values()) {
      lastUse.put(root(output), Integer.MAX_VALUE);
    }
    for (var copy : copies) {
      lastUse.put(root(copy.value()), Integer.MAX_VALUE);
    }
  }

  private void assignBuffers() {
    for (int step = 0; step < order.size(); step++) {
      var node = order.get(step);
      int i = unit(node);
      var in = node.inputs().stream().map(Node::type).toList();
      long scratch = target.scratchBytes(node.op(), in, node.type());
      if (scratch > 0) {
        scratchOf.put(step, buffers.size());
        buffers.add(new Buffer(scratch, i, i));
      }
      if (committed.containsKey(node)) {
        continue;
      }
      int last = lastUse.getOrDefault(node, i);
      int taken = options.inPlace() ? dyingInput(node, i) : -1;
      if (taken >= 0) {
        var buffer = buffers.get(taken);
        buffers.set(taken, new Buffer(buffer.bytes(), buffer.first(), last));
        bufferOf.put(node, taken);
      } else {
        bufferOf.put(node, buffers.size());
        buffers.add(new Buffer(bytes(node.type()), i, last));
      }
      assignParts(node, i);
    }
  }

  private static List<TensorType> partTypes(Node node) {
    return node.op() instanceof FusedOp fused
        ? fused.parts(node.inputs().stream().map(Node::type).toList())
        : List.of();
  }

  /// A place for every part, read or not: the step writes it.
  private void assignParts(Node node, int i) {
    var types = partTypes(node);
    for (int index = 1; index <= types.size(); index++) {
      int last = i;
      var part = parts.get(new PartOf(node, index));
      if (part != null) {
        last = lastUse.getOrDefault(part, i);
        bufferOf.put(part, buffers.size());
      }
      bufferOfPart.put(new PartOf(node, index), buffers.size());
      buffers.add(new Buffer(bytes(types.get(index - 1)), i, last));
    }
  }

  /// Where a step writes: its own value, then its parts.
  private List<Slot> results(Node node, long[] offsets) {
    var results = new ArrayList<Slot>();
    var commit = committed.get(node);
    results.add(commit != null ? commit : place(node, offsets));
    var types = partTypes(node);
    for (int index = 1; index <= types.size(); index++) {
      var part = parts.get(new PartOf(node, index));
      var renewed = part == null ? null : committed.get(part);
      results.add(
          renewed != null
              ? renewed
              : new Slot(
                  Slot.Space.ARENA, offsets[bufferOfPart(node, index)], types.get(index - 1)));
    }
    return results;
  }

  private int bufferOfPart(Node node, int index) {
    return Objects.requireNonNull(bufferOfPart.get(new PartOf(node, index)), node::path);
  }

  /// The buffer of an input that `node` may overwrite and nobody needs afterwards; -1 if none.
  private int dyingInput(Node node, int i) {
    for (int index : InPlace.candidates(node)) {
      var input = root(node.input(index));
      var buffer = bufferOf.get(input);
      if (buffer != null
          && lastUse.getOrDefault(input, -1) == i
          && readers.getOrDefault(new Read(input, i), 0) == 1
          && buffers.get(buffer).bytes() == bytes(node.type())) {
        return buffer;
      }
    }
    return -1;
  }

  private long bytes(TensorType type) {
    return type.shape().size() * target.elementBytes(type.dtype());
  }

  private void emit(Procedure procedure, long[] offsets) {
    for (int i = 0; i < order.size(); i++) {
      var node = order.get(i);
      var scratch = scratchOf.get(i);
      steps.add(
          new Step(
              node.path(),
              node.op(),
              node.inputs().stream().map(n -> place(n, offsets)).toList(),
              results(node, offsets),
              java.util.Optional.ofNullable(scratch)
                  .map(
                      s ->
                          new Slot(
                              Slot.Space.ARENA,
                              offsets[s],
                              TensorType.of(
                                  bandlimit.tensor.DType.U8,
                                  Math.toIntExact(buffers.get(s).bytes()))))));
    }
    for (var copy : copies) {
      steps.add(
          new Step(
              copy.state().path() + "/next",
              new Scale(1),
              List.of(place(copy.value(), offsets)),
              List.of(slotOf(copy.state())),
              java.util.Optional.empty()));
    }
    procedure.outputs().forEach((name, node) -> outputs.put(name, place(node, offsets)));
  }

  private Slot place(Node node, long[] offsets) {
    var root = root(node);
    var slot = fixed.get(root);
    if (slot != null) {
      return new Slot(slot.space(), slot.offset(), node.type());
    }
    var buffer = bufferOf.get(root);
    if (buffer == null) {
      throw new IllegalStateException(node.path() + " is used before it is computed");
    }
    return new Slot(Slot.Space.ARENA, offsets[buffer], node.type());
  }
}
