package bandlimit.plan;

import bandlimit.graph.Node;
import bandlimit.graph.op.Op;
import bandlimit.graph.op.Part;
import bandlimit.graph.op.Reshape;
import bandlimit.tensor.DType;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Brings steps that a machine can run at once next to one another, as far as their values allow:
/// casts of weights, running averages, the update of each parameter.
///
/// Steps in one unit do not need one another. Whoever places values must let those that a unit
/// reads and writes live all through it.
final class Together {
  /// Equal ops on equal numbers; what differs are the tensors.
  private record Key(Op op, List<DType> types, List<Node> numbers) {
    static Key of(Node node) {
      return new Key(
          node.op(),
          node.inputs().stream().map(input -> input.type().dtype()).toList(),
          node.inputs().stream().filter(input -> input.shape().size() == 1).toList());
    }
  }

  private final List<List<Node>> units = new ArrayList<>();
  private final Map<Node, List<Node>> unitOf = new HashMap<>();

  private Together() {}

  /// Units in the order in which they run, from an order of single steps.
  static List<List<Node>> of(List<Node> order, Target target) {
    var together = new Together();
    Map<Key, List<Node>> open = new HashMap<>();
    for (Node node : order) {
      boolean groups =
          target.groups(node.op(), node.inputs().stream().map(Node::type).toList(), node.type());
      if (groups && together.join(open.get(Key.of(node)), node)) {
        continue;
      }
      var unit = together.add(node);
      if (groups) {
        open.put(Key.of(node), unit);
      }
    }
    return together.units;
  }

  private List<Node> add(Node node) {
    List<Node> unit = new ArrayList<>(List.of(node));
    units.add(unit);
    unitOf.put(node, unit);
    return unit;
  }

  /// Adds `node` where `unit` stands, or fetches the unit to the end.
  private boolean join(@org.jspecify.annotations.Nullable List<Node> unit, Node node) {
    if (unit == null || reads(node, unit)) {
      return false;
    }
    int place = place(unit);
    var later = units.subList(place + 1, units.size());
    if (later.stream().anyMatch(passed -> reads(node, passed))) {
      if (later.stream().flatMap(List::stream).anyMatch(passed -> reads(passed, unit))) {
        return false;
      }
      units.remove(place);
      units.add(unit);
    }
    unit.add(node);
    unitOf.put(node, unit);
    return true;
  }

  private boolean reads(Node node, List<Node> unit) {
    return node.inputs().stream().anyMatch(input -> unitOf.get(maker(input)) == unit);
  }

  /// The step that computes a value.
  private static Node maker(Node value) {
    return value.op() instanceof Reshape || value.op() instanceof Part
        ? maker(value.input(0))
        : value;
  }

  /// By identity, from the end.
  private int place(List<Node> unit) {
    int place = units.size() - 1;
    while (units.get(place) != unit) {
      place--;
    }
    return place;
  }
}
