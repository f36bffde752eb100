package bandlimit.backend.reference;

import bandlimit.graph.op.ChannelGradSums;
import bandlimit.graph.op.Normalize;
import bandlimit.graph.op.NormalizeGrad;
import bandlimit.graph.op.Over;
import bandlimit.tensor.Shape;
import java.util.List;

/// Moments, normalisation and its gradients over any of the sets of [Over].
final class NormalizeReference {
  private NormalizeReference() {}

  /// The set that element i of x belongs to.
  private static int set(Over over, Shape x, int i) {
    int c = i % x.c();
    int pixel = i / x.c();
    return switch (over.kind()) {
      case BATCH -> c;
      case CHANNELS -> pixel;
      case GROUPS -> pixel / (x.h() * x.w()) * over.groups() + c / (x.c() / over.groups());
    };
  }

  static void moments(Over over, View x, View y) {
    int sets = over.sets(x.shape());
    int count = over.count(x.shape());
    y.fill(0);
    for (int i = 0; i < x.size(); i++) {
      y.add(set(over, x.shape(), i), x.get(i) / count);
    }
    for (int i = 0; i < x.size(); i++) {
      int set = set(over, x.shape(), i);
      double d = x.get(i) - y.get(set);
      y.add(sets + set, d * d / count);
    }
  }

  static void run(Normalize op, List<View> in, View y) {
    View x = in.get(0);
    View gamma = in.get(2);
    View beta = in.get(3);
    for (int i = 0; i < y.size(); i++) {
      int c = i % x.shape().c();
      y.set(i, gamma.get(c) * hat(op.over(), op.epsilon(), x, in.get(1), i) + beta.get(c));
    }
  }

  static void sums(ChannelGradSums op, List<View> in, View y) {
    View x = in.get(0);
    View dy = in.get(2);
    int channels = x.shape().c();
    y.fill(0);
    for (int i = 0; i < x.size(); i++) {
      int c = i % channels;
      y.add(c, dy.get(i));
      y.add(channels + c, dy.get(i) * hat(op.over(), op.epsilon(), x, in.get(1), i));
    }
  }

  static void grad(NormalizeGrad op, List<View> in, View dx) {
    View x = in.get(0);
    View statistics = in.get(1);
    View gamma = in.get(2);
    View dy = in.get(4);
    int sets = op.over().sets(x.shape());
    int count = op.over().count(x.shape());
    var g = new double[x.size()];
    var h = new double[x.size()];
    var meanG = new double[sets];
    var meanGh = new double[sets];
    for (int i = 0; i < g.length; i++) {
      int set = set(op.over(), x.shape(), i);
      g[i] = gamma.get(i % x.shape().c()) * dy.get(i);
      h[i] = hat(op.over(), op.epsilon(), x, statistics, i);
      meanG[set] += g[i] / count;
      meanGh[set] += g[i] * h[i] / count;
    }
    for (int i = 0; i < g.length; i++) {
      int set = set(op.over(), x.shape(), i);
      double centred = op.live() ? g[i] - meanG[set] - h[i] * meanGh[set] : g[i];
      dx.set(i, centred / Math.sqrt(statistics.get(sets + set) + op.epsilon()));
    }
  }

  private static double hat(Over over, double epsilon, View x, View statistics, int i) {
    int set = set(over, x.shape(), i);
    double variance = statistics.get(over.sets(x.shape()) + set);
    return (x.get(i) - statistics.get(set)) / Math.sqrt(variance + epsilon);
  }
}
