package bandlimit.nn;

import bandlimit.backend.Executable;
import bandlimit.backend.reference.ReferenceBackend;
import bandlimit.graph.Graph;
import bandlimit.graph.Node;
import bandlimit.plan.Planner;
import bandlimit.plan.Procedure;
import bandlimit.tensor.DType;
import bandlimit.tensor.HostTensor;
import bandlimit.tensor.TensorType;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// A layer built alone and run on the reference backend, variables at their start.
final class Reference {
  private final Layer layer;
  private final Mode mode;
  private final Variables variables = new Variables();
  private final Map<String, HostTensor> states = new HashMap<>();

  Reference(Layer layer, Mode mode) {
    this.layer = layer;
    this.mode = mode;
  }

  /// Replaces a variable's start.
  Reference with(String path, HostTensor value) {
    states.put(path, value);
    return this;
  }

  Variables variables() {
    return variables;
  }

  /// The layer's result; what training renews can be read with [#state] afterwards.
  double[] run(HostTensor x) {
    var graph = new Graph();
    var scope = Scope.root(graph, mode, variables);
    // float32 by name, as the variables are; this machine's memory holds doubles whatever the name
    var type = x.dtype() == DType.F64 ? x.type().withDType(DType.F32) : x.type();
    Node y = layer.build(scope.in("layer"), graph.input("x", type));
    var updates =
        scope.renewals().stream().map(r -> new Procedure.Update(r.state(), r.next())).toList();
    var procedure = new Procedure("run", graph, Map.of("y", y), updates);
    try (var backend = new ReferenceBackend();
        Executable executable = backend.compile(Planner.plan(List.of(procedure), backend))) {
      var program = executable.program();
      for (var variable : variables.all()) {
        if (program.states().containsKey(variable.path())) {
          var start = states.getOrDefault(variable.path(), variable.initial(0));
          executable.write(program.state(variable.path()), start);
        }
      }
      var plan = program.plan("run");
      if (plan.inputs().containsKey("x")) {
        executable.write(plan.input("x"), x);
      }
      if (plan.inputs().containsKey(Scope.RANDOM)) {
        executable.write(
            plan.input(Scope.RANDOM), HostTensor.of(bandlimit.tensor.Shape.of(2), 1, 2));
      }
      executable.run(plan);
      program.states().forEach((path, slot) -> states.put(path, executable.read(slot)));
      return read(executable, plan.output("y"));
    }
  }

  double[] state(String path) {
    return java.util.Objects.requireNonNull(states.get(path), path).toDoubles();
  }

  private static double[] read(Executable executable, bandlimit.plan.Slot slot) {
    var wide = HostTensor.allocate(new TensorType(DType.F64, slot.type().shape()));
    executable.read(slot, wide);
    return wide.toDoubles();
  }
}
