package bandlimit.train;

import bandlimit.config.Optimizer;
import bandlimit.graph.Graph;
import bandlimit.graph.Node;
import bandlimit.graph.op.ClipFactor;
import bandlimit.graph.op.Fn;
import bandlimit.graph.op.Lerp;
import bandlimit.graph.op.Mul;
import bandlimit.graph.op.Pointwise;
import bandlimit.graph.op.Select;
import bandlimit.nn.Variable;
import bandlimit.nn.Variables;
import bandlimit.plan.Procedure.Update;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Writes what a step does to the states into its graph.
record Updates(Graph graph, Optimizer optimizer) {
  /// One step of the optimizer.
  List<Update> of(Map<Variable, Node> gradients, Node squaredNorm) {
    var rate = graph.input(TrainGraph.RATE, TrainGraph.NUMBER);
    var count = graph.input(TrainGraph.COUNT, TrainGraph.NUMBER);
    var rule = new UpdateRule(graph, optimizer, rate, count);
    Optional<Node> factor =
        optimizer
            .clipGrad()
            .map(most -> graph.apply("gradient.clip", new ClipFactor(most), squaredNorm));
    var updates = new ArrayList<Update>();
    gradients.forEach(
        (variable, dp) -> {
          var p = graph.state(variable.path(), variable.type());
          var used =
              factor.map(f -> graph.apply(p.path() + "/clipped", new Mul(), dp, f)).orElse(dp);
          updates.addAll(rule.next(p, used, variable.decay()));
        });
    return updates;
  }

  /// The averages of all variables, from their next values where they have one.
  List<Update> averages(Variables variables, List<Update> updates) {
    Map<Node, Node> next = new LinkedHashMap<>();
    updates.forEach(u -> next.put(u.state(), u.value()));
    var share = graph.input(TrainGraph.EMA_SHARE, TrainGraph.NUMBER);
    var averages = new ArrayList<Update>();
    for (Variable variable : variables.all()) {
      var state = graph.state(variable.path(), variable.type());
      var average = graph.state(TrainGraph.EMA + variable.path(), variable.type());
      var value = next.getOrDefault(state, state);
      averages.add(
          new Update(
              average, graph.apply(average.path() + "/next", new Lerp(), average, value, share)));
    }
    return averages;
  }

  /// 1 where both are finite, else 0.
  Node bothFinite(Node loss, Node squaredNorm) {
    var finiteLoss = graph.apply("ok/loss", new Pointwise(Fn.IS_FINITE), loss);
    var finiteNorm = graph.apply("ok/gradient", new Pointwise(Fn.IS_FINITE), squaredNorm);
    return graph.apply("ok", new Mul(), finiteLoss, finiteNorm);
  }

  /// The same, leaving all states as they are where `ok` is 0.
  List<Update> guarded(Node ok, List<Update> updates) {
    return updates.stream()
        .map(
            u ->
                new Update(
                    u.state(),
                    graph.apply(
                        u.state().path() + "/guarded", new Select(), ok, u.value(), u.state())))
        .toList();
  }
}
