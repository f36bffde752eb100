package bandlimit.train;

import bandlimit.config.Optimizer;
import bandlimit.graph.Graph;
import bandlimit.graph.Node;
import bandlimit.graph.op.AdamWStep;
import bandlimit.graph.op.Constant;
import bandlimit.graph.op.Fn;
import bandlimit.graph.op.Lerp;
import bandlimit.graph.op.Pointwise;
import bandlimit.graph.op.SgdMomentum;
import bandlimit.graph.op.SgdStep;
import bandlimit.plan.Procedure.Update;
import bandlimit.tensor.Shape;
import java.util.List;

/// Writes an optimizer's step for one parameter into a graph: its next value, and those of the
/// moments, which are states named after it.
public final class UpdateRule {
  /// Prefixes of the moments' paths; checkpoints keep them in optimizer.safetensors.
  static final String MOMENTUM = "optimizer.momentum/";

  static final String FIRST = "optimizer.m/";
  static final String SECOND = "optimizer.v/";

  private final Graph graph;
  private final Optimizer optimizer;
  private final Node rate;
  private final Node count;

  /// `rate` is the learning rate, `count` the number of this update, from 1; one number each.
  public UpdateRule(Graph graph, Optimizer optimizer, Node rate, Node count) {
    this.graph = graph;
    this.optimizer = optimizer;
    this.rate = rate;
    this.count = count;
  }

  /// The updates for one parameter, its own first; not yet guarded.
  public List<Update> next(Node p, Node dp, boolean decays) {
    double decay = decays || optimizer.decayNormAndBias() ? optimizer.weightDecay() : 0;
    return switch (optimizer) {
      case Optimizer.Sgd sgd -> sgd(sgd, p, dp, decay);
      case Optimizer.AdamW adamW -> adamW(adamW, p, dp, decay);
    };
  }

  private List<Update> sgd(Optimizer.Sgd sgd, Node p, Node dp, double decay) {
    if (sgd.momentum() == 0) {
      var d = graph.apply(p.path() + "/d", new SgdMomentum(0, decay), p, dp, dp);
      return List.of(
          new Update(p, graph.apply(p.path() + "/next", new SgdStep(0, false, 0), p, d, d, rate)));
    }
    var buffer = graph.state(MOMENTUM + p.path(), p.type());
    var nextBuffer =
        graph.apply(buffer.path() + "/next", new SgdMomentum(sgd.momentum(), decay), p, dp, buffer);
    var step = new SgdStep(sgd.momentum(), sgd.nesterov(), decay);
    var next = graph.apply(p.path() + "/next", step, p, dp, nextBuffer, rate);
    return List.of(new Update(p, next), new Update(buffer, nextBuffer));
  }

  private List<Update> adamW(Optimizer.AdamW adamW, Node p, Node dp, double decay) {
    var m = graph.state(FIRST + p.path(), p.type());
    var v = graph.state(SECOND + p.path(), p.type());
    var square = graph.apply(p.path() + "/square", new Pointwise(Fn.SQUARE), dp);
    var nextM = average(m, dp, 1 - adamW.beta1());
    var nextV = average(v, square, 1 - adamW.beta2());
    var step = new AdamWStep(adamW.beta1(), adamW.beta2(), adamW.eps(), decay);
    var next = graph.apply(p.path() + "/next", step, p, nextM, nextV, rate, count);
    return List.of(new Update(p, next), new Update(m, nextM), new Update(v, nextV));
  }

  private Node average(Node old, Node value, double share) {
    var t =
        graph.apply(old.path() + "/share", Constant.fill(old.type().withShape(Shape.of()), share));
    return graph.apply(old.path() + "/next", new Lerp(), old, value, t);
  }
}
