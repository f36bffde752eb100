package bandlimit.backend.reference;

import bandlimit.graph.op.OneHot;

/// Softmax, cross-entropy and labels; rows are the last axis.
final class LossReference {
  private LossReference() {}

  static void softmax(View x, View y) {
    logSoftmax(x, y);
    for (int i = 0; i < y.size(); i++) {
      y.set(i, Math.exp(y.get(i)));
    }
  }

  static void logSoftmax(View x, View y) {
    int k = x.shape().at(-1);
    for (int row = 0; row < x.size(); row += k) {
      double top = Double.NEGATIVE_INFINITY;
      for (int i = row; i < row + k; i++) {
        top = Math.max(top, x.get(i));
      }
      double sum = 0;
      for (int i = row; i < row + k; i++) {
        sum += Math.exp(x.get(i) - top);
      }
      for (int i = row; i < row + k; i++) {
        y.set(i, x.get(i) - top - Math.log(sum));
      }
    }
  }

  static void crossEntropy(View logits, View target, View y) {
    int k = logits.shape().at(1);
    var logs = new View(new double[logits.size()], 0, logits.shape());
    logSoftmax(logits, logs);
    for (int n = 0; n < y.size(); n++) {
      double sum = 0;
      for (int i = n * k; i < (n + 1) * k; i++) {
        sum -= target.get(i) * logs.get(i);
      }
      y.set(n, sum);
    }
  }

  static void crossEntropyGrad(View logits, View target, View dy, View dx) {
    int k = logits.shape().at(1);
    softmax(logits, dx);
    for (int n = 0; n < dy.size(); n++) {
      double mass = 0;
      for (int i = n * k; i < (n + 1) * k; i++) {
        mass += target.get(i);
      }
      for (int i = n * k; i < (n + 1) * k; i++) {
        dx.set(i, (dx.get(i) * mass - target.get(i)) * dy.get(n));
      }
    }
  }

  static void oneHot(OneHot op, View labels, View y) {
    y.fill(op.smoothing() / op.classes());
    for (int n = 0; n < labels.size(); n++) {
      int label = (int) labels.get(n);
      if (label < 0 || label >= op.classes()) {
        throw new IllegalArgumentException(
            "label %d of sample %d is outside 0..%d".formatted(label, n, op.classes() - 1));
      }
      y.add(n * op.classes() + label, 1 - op.smoothing());
    }
  }

  static void argmax(View x, View y) {
    int k = x.shape().at(-1);
    y.fill(0);
    for (int row = 0; row < x.size(); row += k) {
      int best = row;
      for (int i = row + 1; i < row + k; i++) {
        if (x.get(i) > x.get(best)) {
          best = i;
        }
      }
      y.set(best, 1);
    }
  }
}
