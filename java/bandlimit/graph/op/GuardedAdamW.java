package bandlimit.graph.op;

import bandlimit.graph.Graph;
import bandlimit.graph.Node;
import bandlimit.tensor.TensorType;
import java.util.ArrayList;
import java.util.List;

/// The moments of [AdamWStep], the step and what guards them, from (ok, p, dp, m, v, share of m,
/// share of v, rate, t[, factor][, average, share]): the next p, and as [Part]s the next m, v and
/// average. The shares are 1 - beta; `factor` is what clips dp.
public record GuardedAdamW(AdamWStep step, boolean clipped, boolean averaged)
    implements GuardedUpdate {
  private static final int OK = 0;
  private static final int P = 1;
  private static final int DP = 2;
  private static final int M = 3;
  private static final int V = 4;
  private static final int RATE = 7;
  private static final int T = 8;

  @Override
  public TensorType infer(List<TensorType> in) {
    Rule.arity(in, 9 + (clipped ? 1 : 0) + (averaged ? 2 : 0), this);
    Rule.same("dp", in.get(P).shape(), in.get(DP).shape());
    if (averaged) {
      Rule.same("the average", in.get(P).shape(), in.get(average()).shape());
    }
    return step.infer(List.of(in.get(P), in.get(M), in.get(V), in.get(RATE), in.get(T)));
  }

  @Override
  public List<TensorType> parts(List<TensorType> in) {
    return averaged
        ? List.of(in.get(M), in.get(V), in.get(average()))
        : List.of(in.get(M), in.get(V));
  }

  @Override
  public int renews(int result) {
    return switch (result) {
      case 0 -> P;
      case 1 -> M;
      case 2 -> V;
      default -> average();
    };
  }

  private int average() {
    return clipped ? 10 : 9;
  }

  @Override
  public Node define(Graph graph, String path, List<Node> in) {
    return GuardedUpdate.select(graph, path, in.get(OK), next(graph, path, in), in.get(P));
  }

  @Override
  public List<Node> defineParts(Graph graph, String path, List<Node> in) {
    var parts = new ArrayList<Node>();
    var ok = in.get(OK);
    parts.add(GuardedUpdate.select(graph, path + "/m", ok, first(graph, path, in), in.get(M)));
    parts.add(GuardedUpdate.select(graph, path + "/v", ok, second(graph, path, in), in.get(V)));
    if (averaged) {
      var old = in.get(average());
      var share = in.get(average() + 1);
      var next = graph.apply(path + "/lerp", new Lerp(), old, next(graph, path, in), share);
      parts.add(GuardedUpdate.select(graph, path + "/average", ok, next, old));
    }
    return parts;
  }

  private Node next(Graph graph, String path, List<Node> in) {
    var m = first(graph, path, in);
    var v = second(graph, path, in);
    return graph.apply(path + "/next", step, in.get(P), m, v, in.get(RATE), in.get(T));
  }

  private Node first(Graph graph, String path, List<Node> in) {
    return graph.apply(path + "/first", new Lerp(), in.get(M), dp(graph, path, in), in.get(V + 1));
  }

  private Node second(Graph graph, String path, List<Node> in) {
    var square = graph.apply(path + "/square", new Pointwise(Fn.SQUARE), dp(graph, path, in));
    return graph.apply(path + "/second", new Lerp(), in.get(V), square, in.get(V + 2));
  }

  private Node dp(Graph graph, String path, List<Node> in) {
    return GuardedUpdate.clipped(graph, path, in.get(DP), clipped ? in.subList(9, 10) : List.of());
  }
}
