package bandlimit.graph.op;

import bandlimit.graph.Graph;
import bandlimit.graph.Node;
import java.util.List;

/// A parameter's next value with everything that goes with it - moments, a running average - each
/// kept as it was where the first input, one number, is 0.
///
/// Element i of each result needs only elements i, so that all of them may be written over the
/// states they renew.
public sealed interface GuardedUpdate extends FusedOp permits GuardedSgd, GuardedAdamW {
  /// The input that result `result` is the next value of; 0 is the step's own, others are [Part]s.
  int renews(int result);

  /// The gradient, times the factor that clips it.
  static Node clipped(Graph graph, String path, Node dp, List<Node> factor) {
    return factor.isEmpty() ? dp : graph.apply(path + "/clipped", new Mul(), dp, factor.getFirst());
  }

  static Node select(Graph graph, String path, Node ok, Node next, Node old) {
    return graph.apply(path, new Select(), ok, next, old);
  }
}
