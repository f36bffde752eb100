package bandlimit.graph.op;

import bandlimit.graph.Graph;
import bandlimit.graph.Node;
import bandlimit.tensor.TensorType;
import java.util.ArrayList;
import java.util.List;

/// [SgdMomentum], [SgdStep] and what guards them, from (ok, p, dp, buffer, rate[, factor][,
/// average, share]): the next p, and as [Part]s the next buffer and the average's [Lerp] towards
/// the next p. `factor` is what clips dp.
public record GuardedSgd(
    double momentum, boolean nesterov, double weightDecay, boolean clipped, boolean averaged)
    implements GuardedUpdate {
  private static final int OK = 0;
  private static final int P = 1;
  private static final int DP = 2;
  private static final int BUFFER = 3;
  private static final int RATE = 4;

  @Override
  public TensorType infer(List<TensorType> in) {
    Rule.arity(in, 5 + (clipped ? 1 : 0) + (averaged ? 2 : 0), this);
    Rule.same("dp", in.get(P).shape(), in.get(DP).shape());
    Rule.same("buffer", in.get(P).shape(), in.get(BUFFER).shape());
    if (averaged) {
      Rule.same("the average", in.get(P).shape(), in.get(average()).shape());
    }
    return in.get(P);
  }

  @Override
  public List<TensorType> parts(List<TensorType> in) {
    return averaged ? List.of(in.get(BUFFER), in.get(average())) : List.of(in.get(BUFFER));
  }

  @Override
  public int renews(int result) {
    return result == 0 ? P : result == 1 ? BUFFER : average();
  }

  private int average() {
    return clipped ? 6 : 5;
  }

  @Override
  public Node define(Graph graph, String path, List<Node> in) {
    return GuardedUpdate.select(graph, path, in.get(OK), next(graph, path, in), in.get(P));
  }

  @Override
  public List<Node> defineParts(Graph graph, String path, List<Node> in) {
    var parts = new ArrayList<Node>();
    var buffer = buffer(graph, path, in);
    parts.add(GuardedUpdate.select(graph, path + "/buffer", in.get(OK), buffer, in.get(BUFFER)));
    if (averaged) {
      var old = in.get(average());
      var share = in.get(average() + 1);
      var next = graph.apply(path + "/lerp", new Lerp(), old, next(graph, path, in), share);
      parts.add(GuardedUpdate.select(graph, path + "/average", in.get(OK), next, old));
    }
    return parts;
  }

  private Node next(Graph graph, String path, List<Node> in) {
    var op = new SgdStep(momentum, nesterov, weightDecay);
    var buffer = buffer(graph, path, in);
    return graph.apply(path + "/next", op, in.get(P), dp(graph, path, in), buffer, in.get(RATE));
  }

  private Node buffer(Graph graph, String path, List<Node> in) {
    var op = new SgdMomentum(momentum, weightDecay);
    return graph.apply(path + "/momentum", op, in.get(P), dp(graph, path, in), in.get(BUFFER));
  }

  private Node dp(Graph graph, String path, List<Node> in) {
    return GuardedUpdate.clipped(graph, path, in.get(DP), clipped ? in.subList(5, 6) : List.of());
  }
}
