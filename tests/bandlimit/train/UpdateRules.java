package bandlimit.train;

import bandlimit.config.Optimizer;
import bandlimit.graph.Graph;
import bandlimit.graph.Node;
import bandlimit.plan.Procedure.Update;
import java.util.List;

/// The trainer's update rules for tests in other packages: the graph of one parameter's step.
public final class UpdateRules {
  private UpdateRules() {}

  /// The updates of `p`, which decays, from its gradient, the rate and the number of the step.
  public static List<Update> next(
      Graph graph, Optimizer optimizer, Node p, Node dp, Node rate, Node count) {
    return new UpdateRule(graph, optimizer, rate, count).next(p, dp, true);
  }
}
