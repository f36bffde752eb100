package bandlimit.plan;

import bandlimit.graph.Node;
import bandlimit.graph.op.Constant;
import bandlimit.graph.op.Input;
import bandlimit.graph.op.State;
import bandlimit.tensor.TensorType;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Turns procedures into a program: passes, then one state and input layout for all, then a
/// [schedule][Schedule] for each.
public final class Planner {
  private final Target target;
  private final PlanOptions options;
  private final Map<String, Slot> states = new LinkedHashMap<>();
  private final Map<Constant, Slot> constants = new LinkedHashMap<>();
  private long stateBytes;
  private long inputBytes;

  private Planner(Target target, PlanOptions options) {
    this.target = target;
    this.options = options;
  }

  public static Program plan(List<Procedure> procedures, Target target, PlanOptions options) {
    var planner = new Planner(target, options);
    Map<String, Plan> plans = new LinkedHashMap<>();
    for (var procedure : procedures) {
      var plan = planner.plan(planner.passes(procedure));
      plans.put(plan.name(), plan);
    }
    Map<Slot, Constant> bySlot = new LinkedHashMap<>();
    planner.constants.forEach((constant, slot) -> bySlot.put(slot, constant));
    return new Program(plans, planner.states, bySlot, planner.stateBytes, planner.inputBytes);
  }

  public static Program plan(List<Procedure> procedures, Target target) {
    return plan(procedures, target, PlanOptions.ALL);
  }

  private Procedure passes(Procedure procedure) {
    var p = procedure;
    if (options.prune()) {
      p = Prune.apply(p);
    }
    if (options.merge()) {
      p = Merge.apply(p);
    }
    if (options.fuse()) {
      p = Prune.apply(Fuse.apply(p, target::has, target::takes));
    }
    return p;
  }

  private Plan plan(Procedure procedure) {
    Map<Node, Slot> fixed = new LinkedHashMap<>();
    Map<String, Slot> inputs = new LinkedHashMap<>();
    for (Node node : procedure.graph().nodes()) {
      switch (node.op()) {
        case Input _ -> {
          var slot = new Slot(Slot.Space.INPUT, inputBytes, node.type());
          inputBytes += ArenaLayout.align(bytes(node.type()));
          inputs.put(node.path(), slot);
          fixed.put(node, slot);
        }
        case State _ -> fixed.put(node, state(node));
        case Constant constant -> fixed.put(node, constant(constant));
        default -> {}
      }
    }
    var schedule = new Schedule(procedure, fixed, target, options);
    return new Plan(
        procedure.name(), schedule.steps(), inputs, schedule.outputs(), schedule.arenaBytes());
  }

  private Slot state(Node node) {
    var known = states.get(node.path());
    if (known != null) {
      if (!known.type().equals(node.type())) {
        throw new IllegalStateException(
            "state %s is %s in one plan and %s in another"
                .formatted(node.path(), known.type(), node.type()));
      }
      return known;
    }
    var slot = inState(node.type());
    states.put(node.path(), slot);
    return slot;
  }

  private Slot constant(Constant constant) {
    return constants.computeIfAbsent(constant, c -> inState(c.type()));
  }

  private Slot inState(TensorType type) {
    var slot = new Slot(Slot.Space.STATE, stateBytes, type);
    stateBytes += ArenaLayout.align(bytes(type));
    return slot;
  }

  private long bytes(TensorType type) {
    return type.shape().size() * target.elementBytes(type.dtype());
  }

  /// The nodes that become steps, in order; for tools that explain rather than run.
  public static List<Node> steps(Procedure procedure) {
    var steps = new ArrayList<Node>();
    for (Node node : Merge.apply(Prune.apply(procedure)).graph().nodes()) {
      if (Schedule.isStep(node)) {
        steps.add(node);
      }
    }
    return steps;
  }
}
