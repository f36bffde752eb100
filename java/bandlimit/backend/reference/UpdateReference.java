package bandlimit.backend.reference;

import bandlimit.graph.op.AdamWStep;
import bandlimit.graph.op.ClipFactor;
import bandlimit.graph.op.Dropout;
import bandlimit.graph.op.SgdMomentum;
import bandlimit.graph.op.SgdStep;
import java.util.List;

/// What changes states: selection, averages, optimizer steps; and dropout, which reads counters.
final class UpdateReference {
  private UpdateReference() {}

  static void select(View condition, View a, View b, View y) {
    View chosen = condition.get(0) != 0 ? a : b;
    for (int i = 0; i < y.size(); i++) {
      y.set(i, chosen.get(i));
    }
  }

  static void dropout(Dropout op, View x, View counter, View y) {
    long stream = op.stream((int) counter.get(0), (int) counter.get(1));
    int perDraw = op.perSample() ? x.size() / x.shape().at(0) : 1;
    for (int i = 0; i < y.size(); i++) {
      y.set(i, op.keeps(stream, i / perDraw) ? x.get(i) / (1 - op.rate()) : 0);
    }
  }

  static void lerp(View a, View b, View t, View y) {
    for (int i = 0; i < y.size(); i++) {
      y.set(i, a.get(i) + t.get(0) * (b.get(i) - a.get(i)));
    }
  }

  static void clipFactor(ClipFactor op, View squared, View y) {
    y.set(0, Math.min(1, op.maxNorm() / (Math.sqrt(squared.get(0)) + 1e-6)));
  }

  static void momentum(SgdMomentum op, View p, View dp, View buffer, View y) {
    for (int i = 0; i < y.size(); i++) {
      double d = dp.get(i) + op.weightDecay() * p.get(i);
      y.set(i, op.momentum() * buffer.get(i) + d);
    }
  }

  static void sgd(SgdStep op, List<View> in, View y) {
    View p = in.get(0);
    double rate = in.get(3).get(0);
    for (int i = 0; i < y.size(); i++) {
      double buffer = in.get(2).get(i);
      double d = in.get(1).get(i) + op.weightDecay() * p.get(i);
      y.set(i, p.get(i) - rate * (op.nesterov() ? d + op.momentum() * buffer : buffer));
    }
  }

  static void adamW(AdamWStep op, List<View> in, View y) {
    View p = in.get(0);
    double rate = in.get(3).get(0);
    double t = in.get(4).get(0);
    double correct1 = 1 - Math.pow(op.beta1(), t);
    double correct2 = 1 - Math.pow(op.beta2(), t);
    for (int i = 0; i < y.size(); i++) {
      double m = in.get(1).get(i) / correct1;
      double v = in.get(2).get(i) / correct2;
      y.set(i, p.get(i) * (1 - rate * op.weightDecay()) - rate * m / (Math.sqrt(v) + op.epsilon()));
    }
  }
}
